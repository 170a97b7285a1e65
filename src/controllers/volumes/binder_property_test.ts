import assert from "node:assert/strict";
import fc from "fast-check";
import { HostError } from "../../base/host.ts";
import { EventRecorder } from "../../client/event_recorder.ts";
import { RestClient } from "../../client/rest_client.ts";
import { Manager } from "../../loop/manager.ts";
import { FakeApi, type StoredObject } from "../../testing/fake_api.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import {
  CLAIMS,
  putClaim,
  putClass,
  putVolume,
  VOLUMES,
} from "../../testing/volume_objects.ts";
import { wireVolumes } from "./wiring.ts";

/** One thing that happens. Numbers choose among what is there. */
type Step =
  | { do: "claim" | "volume"; name: number; size: number; wants?: number }
  | { do: "delete-claim" | "delete-volume" | "free"; name: number }
  | { do: "hold"; plural: "persistentvolumes" | "persistentvolumeclaims" }
  | { do: "release" | "break" | "lose-answer" | "refuse" | "crash" }
  | { do: "wait"; ms: number };

const name = fc.integer({ min: 0, max: 3 });
const size = fc.integer({ min: 1, max: 3 });
/** Most take what there is: then they compete. */
const wants = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: name },
);

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom("claim" as const, "volume" as const),
        name,
        size,
        wants,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "delete-claim" as const,
          "delete-volume" as const,
          "free" as const,
        ),
        name,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("hold" as const),
        plural: fc.constantFrom(
          "persistentvolumes" as const,
          "persistentvolumeclaims" as const,
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "release" as const,
          "break" as const,
          "lose-answer" as const,
          "refuse" as const,
          "crash" as const,
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        ms: fc.integer({ min: 0, max: 50 }),
      }),
    },
  ),
  { minLength: 20, maxLength: 60 },
) as fc.Arbitrary<Step[]>;

/** The binder on an API that outlives it. */
class Binder {
  readonly #host: VirtualHost;
  readonly #api: FakeApi;
  #parts: [Manager, EventRecorder] | undefined;
  /** Writes that are refused, and those whose answers are lost, from now on. */
  refuse = 0;
  lose = 0;

  constructor(host: VirtualHost, api: FakeApi) {
    this.#host = host;
    this.#api = api;
  }

  async start(): Promise<void> {
    const client = new RestClient({
      fetch: async (request) => {
        if (request.method === "PUT" && this.refuse > 0) {
          this.refuse--;
          throw new HostError("unreachable", "No connection");
        }
        const answer = await this.#api.fetch(request);
        if (request.method === "PUT" && this.lose > 0) {
          this.lose--;
          throw new HostError("unreachable", "Connection broke");
        }
        return answer;
      },
    });
    const manager = new Manager(this.#host, client);
    const recorder = new EventRecorder(this.#host, client, {
      component: "test",
    });
    wireVolumes({
      host: this.#host,
      client,
      manager,
      recorder: () => recorder,
    });
    this.#parts = [manager, recorder];
    await manager.start();
  }

  async stop(): Promise<void> {
    for (const part of this.#parts ?? []) await part[Symbol.asyncDispose]();
  }
}

/** Two claims that have, or are on the way to have, one volume: the binder must never make it so. */
function checkNoSharing(api: FakeApi): void {
  const owners = new Map<string, string>();
  for (const { metadata, spec } of api.objects("persistentvolumeclaims")) {
    const annotations = metadata.annotations ?? {};
    if (annotations["pv.kubernetes.io/bind-completed"] === undefined) continue;
    const other = owners.get(spec.volumeName);
    assert.equal(
      other,
      undefined,
      `${spec.volumeName} is bound to ${other} and ${metadata.name}`,
    );
    owners.set(spec.volumeName, metadata.name);
  }
}

/** Whether no claim has it, nor is on the way to have it. */
function isFree(volume: StoredObject | undefined): boolean {
  return volume?.spec.claimRef?.uid === undefined ||
    volume.status.phase === "Released";
}

async function play(
  { api, host, binder }: { api: FakeApi; host: VirtualHost; binder: Binder },
  step: Step,
): Promise<void> {
  switch (step.do) {
    case "claim":
      if (api.object(`${CLAIMS}/c${step.name}`) !== undefined) return;
      return putClaim(api, `c${step.name}`, {
        size: `${step.size}Gi`,
        spec: step.wants === undefined ? {} : { volumeName: `v${step.wants}` },
      });
    case "volume":
      if (api.object(`${VOLUMES}/v${step.name}`) !== undefined) return;
      return putVolume(api, `v${step.name}`, {
        size: `${step.size}Gi`,
        spec: step.wants === undefined ? {} : {
          claimRef: { namespace: "default", name: `c${step.wants}` },
        },
      });
    case "delete-claim":
      return api.remove(`${CLAIMS}/c${step.name}`);
    case "delete-volume":
      // One that is bound is protected.
      if (!isFree(api.object(`${VOLUMES}/v${step.name}`))) return;
      return api.remove(`${VOLUMES}/v${step.name}`);
    case "free": {
      // As an administrator does with a volume whose claim is gone, and only then.
      const path = `${VOLUMES}/v${step.name}`;
      if (api.object(path)?.status.phase !== "Released") return;
      return api.change(path, ({ spec }) => delete spec.claimRef);
    }
    case "hold":
      api.releaseEvents(); // in order
      return api.holdEvents(step.plural);
    case "release":
      return api.releaseEvents();
    case "break":
      // A watch that resumes tells nothing twice.
      api.releaseEvents();
      return api.endWatches("break");
    case "refuse":
      binder.refuse++;
      return;
    case "lose-answer":
      binder.lose++;
      return;
    case "crash":
      await binder.stop();
      api.releaseEvents();
      return await binder.start();
    case "wait":
      await host.advance(step.ms);
  }
}

Deno.test("VolumeBinder never gives a volume to two claims, whatever happens in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      const host = new VirtualHost();
      const api = new FakeApi(host);
      putClass(api, "unused");
      const binder = new Binder(host, api);
      await binder.start();
      try {
        for (const step of steps) {
          await play({ api, host, binder }, step);
          checkNoSharing(api);
          await host.settle();
          checkNoSharing(api);
        }
        api.releaseEvents();
        binder.lose = binder.refuse = 0;
        await host.advance(3_600_000);
        checkNoSharing(api);
        checkConverged(api);
      } finally {
        await binder.stop();
      }
    }),
    { numRuns: 200 },
  );
});

/** When nothing more happens, all is as it should be: both sides of a binding know of it, and no claim waits for a volume that is free and fits. */
function checkConverged(api: FakeApi): void {
  const claims = api.objects("persistentvolumeclaims");
  const volumes = api.objects("persistentvolumes");
  for (const { metadata, spec, status } of claims) {
    const volume = volumes.find((one) => one.metadata.name === spec.volumeName);
    if (status.phase === "Bound") {
      assert.equal(volume?.spec.claimRef?.uid, metadata.uid);
      assert.equal(volume?.status.phase, "Bound");
    }
    if (status.phase !== "Pending" || spec.volumeName) continue;
    const size = parseInt(spec.resources.requests.storage);
    const fits = volumes.find((one) =>
      one.spec.claimRef === undefined &&
      parseInt(one.spec.capacity.storage) >= size
    );
    assert.equal(fits, undefined, `${metadata.name} waits, and there is one`);
  }
  for (const { spec, status } of volumes) {
    assert.notEqual(status.phase, "Pending");
    const { uid, name } = spec.claimRef ?? {};
    if (!uid) assert.equal(status.phase, "Available");
    else if (status.phase === "Bound") {
      assert.equal(
        claims.find(({ metadata }) => metadata.name === name)?.metadata.uid,
        uid,
      );
    }
  }
}
