/**
 * API priority and fairness: FlowSchemas put requests into flows and flows into priority levels, which bound what runs at once.
 *
 * Seats are not lent from level to level: what a level has is what its shares give it.
 *
 * @see {@link https://kubernetes.io/docs/concepts/cluster-administration/flow-control/}
 * @module
 */
import type { FlowSchema } from "../../api/flowcontrol/flow_schema.ts";
import type { PriorityLevelConfiguration } from "../../api/flowcontrol/priority_level_configuration.ts";
import type { Clock } from "../../base/host.ts";
import type { Row, Store, Watcher } from "../../store/store.ts";
import type { User } from "../auth/user.ts";
import type { RequestInfo } from "../request_info.ts";
import { concernsRequest, concernsUser } from "./flow_rules.ts";
import {
  type LevelBounds,
  PriorityLevel,
  type Release,
} from "./priority_level.ts";

/** Requests that run at once, over all levels. kube-apiserver's default: 400 that read and 200 that write. */
export const TOTAL_SEATS = 600;

/** Where both kinds are stored. */
const BUCKET = "flowcontrol/";
/** Requests that last as long as the client wants; they are nobody's to wait for. */
const LONG_RUNNING: readonly string[] = [
  "attach",
  "exec",
  "log",
  "portforward",
  "proxy",
];
/** Headers that tell a client how it was classified. */
const SCHEMA_HEADER = "x-kubernetes-pf-flowschema-uid";
const LEVEL_HEADER = "x-kubernetes-pf-prioritylevel-uid";

/** A level by its name; without a gate nothing is bounded. */
interface Level {
  readonly uid: string;
  readonly gate?: PriorityLevel;
}

/** Everything that classifies, as of one revision. */
interface Tables {
  readonly schemas: readonly FlowSchema[];
  readonly levels: ReadonlyMap<string, Level>;
  /** The schemas that are about a user at all. */
  readonly ofUser: WeakMap<User, readonly FlowSchema[]>;
}

/** Leave to run. */
export interface Ticket {
  /** Has to be called once the request is answered. */
  readonly release: Release;
  /** Tells the client how its request was classified. */
  mark(answer: Response): void;
}

const FREE: Ticket = { release: () => {}, mark: () => {} };

/** See the module. */
export class FlowControl implements Disposable {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #gates = new Map<string, PriorityLevel>();
  #tables: Tables | undefined;
  /** Never read: that it has something to read tells that the tables are old. */
  #changes: Watcher | undefined;

  constructor(clock: Clock, store: Store) {
    this.#clock = clock;
    this.#store = store;
  }

  /**
   * Lets a request in, at once or when it is its turn.
   *
   * @throws {ApiError} 429 when too many wait already
   */
  enter(user: User, info: RequestInfo): Ticket | Promise<Ticket> {
    if (LONG_RUNNING.includes(info.resource?.subresource ?? "")) return FREE;
    const tables = this.#current();
    const schema = schemaFor(tables, user, info);
    if (schema === undefined) return FREE;
    const level = tables.levels.get(
      schema.spec.priorityLevelConfiguration.name,
    );
    const gate = level?.gate;
    if (gate === undefined) return FREE;
    const uids = [schema.metadata.uid ?? "", level!.uid] as const;
    const flow = `${schema.metadata.name}/${distinguisher(schema, user, info)}`;
    const release = gate.enter(flow);
    return release instanceof Promise
      ? release.then((seat) => ticketOf(seat, uids))
      : ticketOf(release, uids);
  }

  /** Figures of each level, for `/debug/state`. */
  describe(): Record<string, PriorityLevel["figures"]> {
    return Object.fromEntries(
      [...this.#gates].map(([name, gate]) => [name, gate.figures]),
    );
  }

  [Symbol.dispose](): void {
    this.#changes?.close();
  }

  #current(): Tables {
    const { revision } = this.#store;
    if (this.#tables !== undefined && this.#changes?.revision === revision) {
      return this.#tables;
    }
    this.#changes?.close();
    this.#changes = this.#store.watch(BUCKET, { after: revision });
    return this.#tables = {
      schemas: this.#read<FlowSchema>("flowschemas/").sort(byPrecedence),
      levels: this.#levels(),
      ofUser: new WeakMap(),
    };
  }

  #levels(): Map<string, Level> {
    const found = this.#read<PriorityLevelConfiguration>(
      "prioritylevelconfigurations/",
    );
    const total = found.reduce((sum, level) => sum + sharesOf(level), 0);
    const levels = new Map<string, Level>();
    for (const level of found) {
      const { name = "", uid = "" } = level.metadata;
      const bounds = boundsOf(level, total);
      if (bounds === undefined) levels.set(name, { uid });
      else levels.set(name, { uid, gate: this.#gate(name, bounds) });
    }
    // Requests that wait in a level that is gone still get their turn: their gate goes on by itself.
    for (const name of this.#gates.keys()) {
      if (levels.get(name)?.gate === undefined) this.#gates.delete(name);
    }
    return levels;
  }

  #gate(name: string, bounds: LevelBounds): PriorityLevel {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = new PriorityLevel(this.#clock, bounds);
      this.#gates.set(name, gate);
    } else gate.bounds = bounds;
    return gate;
  }

  #read<T>(plural: string): T[] {
    return this.#store.list(BUCKET + plural).rows.map((row: Row) =>
      JSON.parse(row.text)
    );
  }
}

function ticketOf(
  release: Release,
  [schema, level]: readonly [string, string],
): Ticket {
  return {
    release,
    mark({ status, headers }) {
      // The headers of a switched protocol are the protocol's.
      if (status === 101) return;
      headers.set(SCHEMA_HEADER, schema);
      headers.set(LEVEL_HEADER, level);
    },
  };
}

function schemaFor(
  tables: Tables,
  user: User,
  info: RequestInfo,
): FlowSchema | undefined {
  let candidates = tables.ofUser.get(user);
  if (candidates === undefined) {
    candidates = tables.schemas.filter(({ spec }) =>
      spec.rules?.some((rule) => concernsUser(rule, user))
    );
    tables.ofUser.set(user, candidates);
  }
  return candidates.find(({ spec }) =>
    spec.rules?.some((rule) =>
      concernsRequest(rule, info) && concernsUser(rule, user)
    )
  );
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  return a.spec.matchingPrecedence - b.spec.matchingPrecedence ||
    (a.metadata.name! < b.metadata.name! ? -1 : 1);
}

/** What tells the flows of a schema apart. */
function distinguisher(
  { spec }: FlowSchema,
  user: User,
  info: RequestInfo,
): string {
  switch (spec.distinguisherMethod?.type) {
    case "ByUser":
      return user.name;
    case "ByNamespace":
      return info.resource?.namespace ?? "";
  }
  return "";
}

function sharesOf({ spec }: PriorityLevelConfiguration): number {
  return spec.type === "Limited"
    ? spec.limited?.nominalConcurrencyShares ?? DEFAULT_SHARES
    : 0;
}

/** What a level without a number of shares has. */
const DEFAULT_SHARES = 30;

/** undefined: exempt. */
function boundsOf(
  level: PriorityLevelConfiguration,
  totalShares: number,
): LevelBounds | undefined {
  if (level.spec.type === "Exempt") return undefined;
  const shares = sharesOf(level);
  const seats = totalShares === 0
    ? 0
    : Math.ceil(TOTAL_SEATS * shares / totalShares);
  const response = level.spec.limited?.limitResponse;
  const queuing = response?.type === "Queue" ? response.queuing : undefined;
  if (queuing === undefined) return { seats };
  const { queues, handSize, queueLengthLimit: lengthLimit } = queuing;
  return { seats, queuing: { queues, handSize, lengthLimit } };
}
