"""What is told to people when nobody watches: which alarms there are, when they are raised, and how they get out."""
