# The two commands, with short names.
.PHONY: run test check bench deploy

run:            ## the whole platform on this machine: http://127.0.0.1:9000/playground
	cargo run -p local

test:           ## all tests
	cargo test --workspace

check:          ## everything CI looks at
	.ci/run

bench:          ## figures: parsing, cold start, sizes
	cargo build --release -p functions --bin webhook
	cargo run --release -p bench
