"""Measures this project beside others: `make bench` reads and loads made-up deliveries and writes docs/performance.*.

run.py leads; data.py makes the files, peers.py says who reads them, race.py takes the times in turn, loading.py takes
the whole way into a warehouse, child.py is the process in which memory is measured, report.py and chart.py show it all.
"""
