"""FHIR: the resources of a file, and claims made of Claim and ExplanationOfBenefit."""
