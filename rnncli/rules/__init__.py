"""What a rule is, and what rules have in common."""
