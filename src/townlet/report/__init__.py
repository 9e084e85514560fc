"""What a run leaves behind: its numbers, its KPIs as Parquet, its pictures."""
