"""The enrollment service: classes, seats, lines, and the promotion that moves a student from a line into a seat."""
