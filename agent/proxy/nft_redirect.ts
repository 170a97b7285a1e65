/**
 * The nftables way: see `redirect.ts`. Everything is in one table of ours, replaced as one transaction, so that a crash leaves either the old or the
 * new rules and the next start begins with its own.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { parseIpv4 } from "../network/ipv4.ts";
import { LocalRoute } from "./local_route.ts";
import type { ProxiedPort } from "./proxied_service.ts";
import type { Binding, BoundPort, Redirect } from "./redirect.ts";

/** Name of our table, family ip. */
export const PROXY_TABLE = "wherry_proxy";

/** A program and what it needs to run from a cache folder. */
export interface NftCommand {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Redirects by nftables. */
export class NftRedirect implements Redirect {
  /** @inheritDoc */
  readonly mode = "nft";
  readonly #host: Host;
  readonly #nft: NftCommand;
  readonly #route: LocalRoute;
  /** The last rules that were loaded: the same ones are not loaded again. */
  #loaded = "";

  private constructor(
    host: Host,
    options: { nft: NftCommand; route: LocalRoute },
  ) {
    this.#host = host;
    this.#nft = options.nft;
    this.#route = options.route;
  }

  /**
   * Adds the route and sees whether nft works. Rules that an agent before us handed over stay in force until the first {@linkcode NftRedirect.apply}.
   *
   * @param options `nft` to run; `serviceCidr` such as "10.43.0.0/16"
   * @throws {Error} when nft or ip refuse (not root, kernel without nat)
   */
  static async open(
    host: Host,
    options: { nft: NftCommand; serviceCidr: string },
  ): Promise<NftRedirect> {
    const route = await LocalRoute.add(host, options.serviceCidr);
    const redirect = new NftRedirect(host, { nft: options.nft, route });
    try {
      await redirect.#run(rulesOf([]), ["-c"]);
    } catch (error) {
      await route[Symbol.asyncDispose]();
      throw error;
    }
    return redirect;
  }

  /** @inheritDoc */
  bindings(_spec: ProxiedPort): readonly Binding[] {
    return [{ hostname: "0.0.0.0", port: 0 }];
  }

  /** @inheritDoc */
  async apply(ports: readonly BoundPort[]): Promise<void> {
    const rules = rulesOf(ports);
    if (rules === this.#loaded) return;
    await this.#run(rules);
    this.#loaded = rules;
  }

  /** @inheritDoc */
  async handOver(ports: readonly BoundPort[]): Promise<boolean> {
    await this.#run(handOverRulesOf(ports));
    return true;
  }

  /** @inheritDoc */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run(
      `table ip ${PROXY_TABLE}\ndelete table ip ${PROXY_TABLE}\n`,
    );
    await this.#route[Symbol.asyncDispose]();
  }

  async #run(
    script: string,
    options: readonly string[] = [],
  ): Promise<void> {
    const { code, stderr } = await this.#host.processes.run(this.#nft.path, {
      args: [...options, "-f", "-"],
      env: this.#nft.env ?? {},
      stdin: script,
    });
    if (code !== 0) {
      throw new Error(`Could not load the service rules: ${stderr.trim()}`);
    }
  }
}

/**
 * The addresses that rules are made of: of version 4, each with a port once. Whoever may write a Service chooses its external addresses; what the kernel
 * refuses of one would keep it from all the others. A service's own address comes before what others call theirs.
 */
function dialled(
  ports: readonly BoundPort[],
): (BoundPort & { readonly ip: string })[] {
  const found = new Map<string, BoundPort & { readonly ip: string }>();
  const add = (ip: string, port: BoundPort) => {
    const number = parseIpv4(ip);
    const key = `${number} ${port.spec.port}`;
    if (number !== undefined && !found.has(key)) {
      found.set(key, { ip, ...port });
    }
  };
  for (const port of ports) {
    port.spec.addresses.slice(0, 1).forEach((ip) => add(ip, port));
  }
  for (const port of ports) {
    port.spec.addresses.slice(1).forEach((ip) => add(ip, port));
  }
  return [...found.values()];
}

/**
 * The whole table as nft's script. `table …` before `delete` makes the deletion succeed on the first run too.
 *
 * The priority of the output hook is written as a number because nft 1.0.6 refuses the name `dstnat` there. The filter chain drops what dials
 * a listener's ephemeral port directly: only connections that were redirected may come in.
 */
export function rulesOf(all: readonly BoundPort[]): string {
  const isKernels = ({ spec }: BoundPort) => spec.policy === "kernel";
  const kernels = all.filter(isKernels);
  const ports = all.filter((port) => !isKernels(port));
  const vips = dialled(all).filter((port) => !isKernels(port)).map((
    { ip, spec, listenPort },
  ) => `${ip} . ${spec.port} : ${listenPort}`).sort();
  const nodePorts = ports.flatMap(({ spec, listenPort }) =>
    spec.nodePort === undefined ? [] : [`${spec.nodePort} : ${listenPort}`]
  ).sort();
  const listeners = [...new Set(all.map(({ listenPort }) => listenPort))]
    .sort((a, b) => a - b);
  const elements = (list: readonly (string | number)[]) =>
    list.length ? `elements = { ${list.join(", ")} }` : "";
  const rules = [
    ...dnatRules(kernels, all),
    ...[
      "redirect to :ip daddr . tcp dport map @vips",
      "fib daddr type local redirect to :tcp dport map @node_ports",
    ].map((rule) => `meta l4proto tcp ${rule}`),
  ].join("\n    ");
  return `table ip ${PROXY_TABLE}
delete table ip ${PROXY_TABLE}
table ip ${PROXY_TABLE} {
  map vips { type ipv4_addr . inet_service : inet_service; ${elements(vips)} }
  map node_ports { type inet_service : inet_service; ${elements(nodePorts)} }
  set listeners { type inet_service; ${elements(listeners)} }
  chain prerouting {
    type nat hook prerouting priority -100;
    ${rules}
  }
  chain output {
    type nat hook output priority -100;
    ${rules}
  }
  chain input {
    type filter hook input priority 0;
    tcp dport @listeners ct status & dnat == 0 drop
  }${kernels.length ? masqueradeTo(kernels) : ""}
}
`;
}

/** Pods may reach themselves, and the node has a source address that pods can answer to. What was redirected to our listeners stays as it is. */
function masqueradeTo(ports: readonly BoundPort[]): string {
  const ips = new Set(
    ports.flatMap(({ spec }) => spec.endpoints.map(({ ip }) => ip)),
  );
  return `
  chain postrouting {
    type nat hook postrouting priority 100;
    ct status & dnat != 0 ip daddr { ${[...ips].sort().join(", ")} } masquerade
  }`;
}

/** The kernel takes each new connection to the next endpoint. @param all every port, for who has which address */
function dnatRules(
  ports: readonly BoundPort[],
  all: readonly BoundPort[],
): string[] {
  const addresses = Map.groupBy(dialled(all), ({ spec }) => spec);
  return ports.flatMap(({ spec }) => {
    const { endpoints } = spec;
    if (endpoints.length === 0) return [];
    const choices = endpoints.map(({ ip, port }, index) =>
      `${index} : ${ip} . ${port}`
    ).join(", ");
    const target =
      `dnat ip addr . port to numgen inc mod ${endpoints.length} map { ${choices} }`;
    const vips = (addresses.get(spec) ?? []).map(({ ip }) =>
      `ip daddr ${ip} tcp dport ${spec.port} ${target}`
    );
    return spec.nodePort === undefined
      ? vips
      : [...vips, `fib daddr type local tcp dport ${spec.nodePort} ${target}`];
  });
}

/**
 * Rules for the time without an agent: the kernel itself takes each new connection to the next endpoint. Connections that came before keep their way
 * to our listeners, for the kernel decides once per connection. The source address is masqueraded, so that a pod may reach itself.
 */
export function handOverRulesOf(ports: readonly BoundPort[]): string {
  const rules = dnatRules(ports, ports).join("\n    ");
  return `table ip ${PROXY_TABLE}
delete table ip ${PROXY_TABLE}
table ip ${PROXY_TABLE} {
  chain prerouting {
    type nat hook prerouting priority -100;
    ${rules}
  }
  chain output {
    type nat hook output priority -100;
    ${rules}
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    ct status & dnat != 0 masquerade
  }
}
`;
}
