# Nano: LocalHost published as a native binary. NANO_NATIVE=<publish folder>/LocalHost
NANO_EXE=${NANO_NATIVE:?set NANO_NATIVE to the native LocalHost binary}
. "$BENCH/targets/nano.sh"
unset NANO_EXE
