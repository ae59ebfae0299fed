"""What must hold: schemas reject a row, expectations (the gates) stop a delivery. Checks, which find, are SQL."""
