#!/usr/bin/env bash
# The flights of 2013 out of New York, from an embedded Kafka into a Delta table, exactly once:
# demo.sh BIN-DIRECTORY. Leaves everything in .demo; called by `make demo`.
set -euo pipefail
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
demo=.demo
python=.venv/bin/python
rm -rf "$demo"
mkdir -p "$demo"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "1. Flights of 2013 as JSON lines, in the order in which they left"
"$python" "$here/flights.py" "$demo/flights.jsonl"
head -n 1 "$demo/flights.jsonl"

say "2. A development Kafka in a process of its own"
"$bin/tidemark" dev --topics flights:4,flights.dlq:1 --address-file "$demo/address" >"$demo/kafka.log" 2>&1 &
kafka=$!
trap 'kill "$kafka" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [ -s "$demo/address" ] && break
  kill -0 "$kafka" 2>/dev/null || { cat "$demo/kafka.log" >&2; exit 1; }
  sleep 0.1
done
brokers=$(cat "$demo/address")
echo "at $brokers"

say "3. Producing to the topic flights"
"$bin/tidemark" produce --brokers "$brokers" --topic flights --from "$demo/flights.jsonl" --key flight

say "4. The topology: contract, event time, deduplication, windows, merge"
"$bin/flight-delays" explain
"$bin/flight-delays" run --brokers "$brokers" --warehouse "$demo/warehouse" --state "$demo/state" \
  --until-end --json >"$demo/summary.json"

say "5. The table .demo/warehouse/gold/departure_delays"
"$bin/tidemark" table show "$demo/warehouse/gold/departure_delays" --limit 10

say "6. What became of every record"
"$python" "$here/show_summary.py" "$demo/summary.json"

say "7. The same from a batch computation with pandas, compared row by row"
"$python" "$here/oracle.py" "$demo/flights.jsonl" --partitions 4 \
  --table "$demo/warehouse/gold/departure_delays" --summary "$demo/summary.json"

say "Open the table yourself"
cat <<'END'
  .venv/bin/python -c "import polars; print(polars.read_delta('.demo/warehouse/gold/departure_delays'))"
  .venv/bin/python -c "import duckdb, deltalake; t = deltalake.DeltaTable('.demo/warehouse/gold/departure_delays').to_pyarrow_dataset(); print(duckdb.sql('select carrier, sum(departures) departures, max(max_delay) worst from t group by 1 order by 2 desc'))"
END
