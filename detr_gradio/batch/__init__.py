"""Pictures by the million: rows of Parquet shards, made by processes here or by a Ray cluster."""
