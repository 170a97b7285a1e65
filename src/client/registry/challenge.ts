/**
 * How a server wants to be told who asks: the header `WWW-Authenticate`.
 *
 * Grammar: RFC 9110, 11.6.1.
 *
 * @module
 */

/** One way that it offers. */
export interface Challenge {
  /** In small letters: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in small letters: `realm`, `service`, `scope`. */
  readonly params: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAM = new RegExp(
  `^\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`,
);
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?=\\s|,|$)`);

/** Takes the header apart; what is no challenge ends it. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = header;
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (!scheme) return challenges;
    rest = rest.slice(scheme[0].length);
    const params: Record<string, string> = {};
    for (;;) {
      const param = PARAM.exec(rest.replace(/^[\s,]+/, " "));
      if (!param) break;
      rest = rest.replace(/^[\s,]+/, " ").slice(param[0].length);
      params[param[1]!.toLowerCase()] = param[2]?.replace(/\\(.)/g, "$1") ??
        param[3]!;
    }
    challenges.push({ scheme: scheme[1]!.toLowerCase(), params });
  }
}
