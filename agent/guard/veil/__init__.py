"""What a policy puts in a table's place: the rows and columns its asker may see, masked where it says so."""
