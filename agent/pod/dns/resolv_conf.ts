/**
 * The file that tells a machine's programs where names are looked up.
 *
 * @module
 */

/** What stands in a resolv.conf. */
export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5`, `edns0` … */
  readonly options: readonly string[];
}

/**
 * Reads a resolv.conf as kubelet does: servers add up, the last search line counts, options replace those of the same name.
 *
 * @throws {Error} when a nameserver line names none
 */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  const options = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver") {
      if (!rest[0]) {
        throw new Error(
          "Encountered error while parsing resolv conf file. Error: nameserver list is empty",
        );
      }
      servers.push(rest[0]);
    } else if (word === "search") {
      searches = rest.filter((one) => one !== ".")
        .map((one) => one.replace(/\.$/, ""));
    } else if (word === "options") {
      for (const option of rest) options.set(option.split(":")[0]!, option);
    }
  }
  return { servers, searches, options: [...options.values()] };
}

/** The file's text. */
export function resolvConf({ servers, searches, options }: DnsConfig): string {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
