"""A made-up practice with labelled mistakes, for the sample, the tests and the acceptance of the audit.

writing.py leads; people.py and practice.py are who, ordinary.py, corrections.py and the modules of mistakes, one for
each family of checks, are what happens, schedule.py when, csv_files.py, professional_files.py, remittance_files.py and
reference_files.py how it is delivered, settings_file.py how it is to be audited.
"""

from claims_audit.sample_practice.writing import SampleSummary, write_sample_practice

__all__ = ["SampleSummary", "write_sample_practice"]
