/**
 * Where a reconciler is tested: virtual time, a fake API, and a manager with what the reconciler watches.
 *
 * @module
 */
import type { Client } from "../client/client.ts";
import { EventRecorder } from "../client/event_recorder.ts";
import { RestClient } from "../client/rest_client.ts";
import { Manager } from "../loop/manager.ts";
import { FakeApi } from "./fake_api.ts";
import { VirtualHost } from "./virtual_host.ts";

/** The parts that a test uses. */
export interface Bench {
  readonly host: VirtualHost;
  readonly api: FakeApi;
  readonly client: Client;
  readonly manager: Manager;
  readonly recorder: EventRecorder;
  /** Events recorded, as `Normal SuccessfulCreate Created pod: web-1`, in the order of their writes. */
  events(): Promise<string[]>;
  /** Writes since the last call, without those of events. */
  writes(): string[];
}

/** Starts what `wire` adds to the manager, runs `body`, stops it, and checks that nothing is left running. */
export async function withBench(
  wire: (bench: Bench) => void,
  body: (bench: Bench) => Promise<void>,
  prepare: (api: FakeApi) => void = () => {},
): Promise<void> {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  prepare(api);
  const client = new RestClient(api);
  const recorder = new EventRecorder(host, client, { component: "test" });
  const manager = new Manager(host, client);
  let seen = 0;
  const bench: Bench = {
    host,
    api,
    client,
    manager,
    recorder,
    events: async () => {
      await recorder.flush();
      return api.objects("events").sort((a, b) =>
        Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)
      ).map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    },
    writes: () => {
      const writes = api.writes.slice(seen).filter((write) =>
        !write.includes("/events/")
      );
      seen = api.writes.length;
      return writes;
    },
  };
  wire(bench);
  await manager.start();
  await host.settle();
  try {
    await body(bench);
  } finally {
    await manager[Symbol.asyncDispose]();
    await recorder[Symbol.asyncDispose]();
  }
  if (host.running.length > 0 || host.timers > 0) {
    throw new Error(
      `Left over: tasks ${host.running.join(", ")}; timers ${host.timers}`,
    );
  }
  const [failure] = host.failures;
  if (failure !== undefined) throw failure.error;
}
