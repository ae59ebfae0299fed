"""Measures this project beside others: `make bench` writes docs/performance*.

Reading and loading: run.py leads; data.py makes the files, peers.py says who reads them, race.py takes the times in
turn, loading.py takes the whole way into a warehouse, child.py is the process in which memory is measured.

Checking: checking.py leads; history.py makes a history of any size and export.py its Parquet files, reference_checks.py
says what is asked, check_peers.py and spark_checks.py ask it, audit.py has the whole audit and its floor, check_race.py
lets everybody run in turn, check_child.py is the process of one run.

report.py, check_report.py and chart.py show it all. smoke.py is what CI runs: it counts rows and not seconds.
"""
