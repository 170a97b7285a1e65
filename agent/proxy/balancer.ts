/**
 * The choice of an endpoint for a new connection.
 *
 * @module
 */
import type { Random } from "../../src/base/host.ts";
import {
  type BalancePolicy,
  endpointKey,
  type ProxyEndpoint,
} from "./proxied_service.ts";

/** Chooses endpoints of one service port. */
export interface Balancer {
  /** The endpoints to try for one new connection, best first; every endpoint once. Empty without endpoints. */
  order(): readonly ProxyEndpoint[];
  /** Replaces the endpoints; the position in the round is kept. */
  update(endpoints: readonly ProxyEndpoint[]): void;
}

/**
 * Each endpoint in its turn. The round follows the sorted addresses, and when the set changes it goes on behind the endpoint that was
 * served last, so that a rolling update does not send two connections in a row to the same pod.
 */
export class RoundRobin implements Balancer {
  #endpoints: readonly ProxyEndpoint[] = [];
  /** Key of the endpoint that got the last connection. */
  #last = "";
  #next = 0;

  /** @inheritDoc */
  order(): readonly ProxyEndpoint[] {
    const count = this.#endpoints.length;
    if (count === 0) return [];
    const start = this.#next % count;
    this.#last = endpointKey(this.#endpoints[start]!);
    this.#next = (start + 1) % count;
    return [
      ...this.#endpoints.slice(start),
      ...this.#endpoints.slice(0, start),
    ];
  }

  /** @inheritDoc */
  update(endpoints: readonly ProxyEndpoint[]): void {
    this.#endpoints = sorted(endpoints);
    const after = this.#endpoints.findIndex((endpoint) =>
      endpointKey(endpoint) > this.#last
    );
    this.#next = after < 0 ? 0 : after;
  }
}

/** A fair die for every connection. */
export class RandomChoice implements Balancer {
  readonly #random: Random;
  #endpoints: readonly ProxyEndpoint[] = [];

  /** @param random where the die comes from */
  constructor(random: Random) {
    this.#random = random;
  }

  /** @inheritDoc */
  order(): readonly ProxyEndpoint[] {
    const order = [...this.#endpoints];
    for (let i = order.length - 1; i > 0; i--) { // Fisher and Yates
      const j = Math.floor(this.#random.float() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  /** @inheritDoc */
  update(endpoints: readonly ProxyEndpoint[]): void {
    this.#endpoints = sorted(endpoints);
  }
}

/** The balancer of a policy. */
export function makeBalancer(policy: BalancePolicy, random: Random): Balancer {
  return policy === "random" ? new RandomChoice(random) : new RoundRobin();
}

function sorted(endpoints: readonly ProxyEndpoint[]): ProxyEndpoint[] {
  return [...endpoints].sort((a, b) =>
    endpointKey(a) < endpointKey(b) ? -1 : 1
  );
}
