"""Analysis of question text: numbers, dates, periods, coordination."""
