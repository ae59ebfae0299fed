"""A made-up practice with labelled mistakes, for the sample, the tests and the acceptance of the audit.

writing.py leads; people.py and practice.py are who, ordinary.py, mistakes.py, lifecycle_mistakes.py and corrections.py
are what happens, schedule.py when, csv_files.py, professional_files.py and remittance_files.py how it is delivered.
"""

from claims_audit.sample_practice.writing import SampleSummary, write_sample_practice

__all__ = ["SampleSummary", "write_sample_practice"]
