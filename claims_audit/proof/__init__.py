"""That what a home keeps is what its runs wrote: a chain of hashes over files, and the command that proves it."""
