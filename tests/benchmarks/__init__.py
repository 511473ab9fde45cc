"""The harness of the benchmarks works; how fast anything is, no test says."""
