/**
 * Signals by the names that a Pod may give them.
 *
 * @module
 */

/** Linux' numbers, the same on all machines that we run on. */
const NUMBERS: Readonly<Record<string, number>> = {
  ...{ HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, IOT: 6, BUS: 7 },
  ...{ FPE: 8, KILL: 9, USR1: 10, SEGV: 11, USR2: 12, PIPE: 13, ALRM: 14 },
  ...{ TERM: 15, STKFLT: 16, CHLD: 17, CLD: 17, CONT: 18, STOP: 19, TSTP: 20 },
  ...{ TTIN: 21, TTOU: 22, URG: 23, XCPU: 24, XFSZ: 25, VTALRM: 26, PROF: 27 },
  ...{ WINCH: 28, IO: 29, POLL: 29, PWR: 30, SYS: 31 },
};

/** First and last real-time signal for programs. */
const RTMIN = 34;
const RTMAX = 64;

/** Number of `SIGUSR1`, `SIGRTMIN+3` …; undefined for what is no signal. */
export function signalNumber(name: string): number | undefined {
  const word = name.replace(/^SIG/, "");
  const real = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(word);
  if (!real) return NUMBERS[word];
  const from = real[1] === "MIN" ? RTMIN : RTMAX;
  const offset = Number(real[3] ?? 0);
  return real[2] === "-" ? from - offset : from + offset;
}
