/** The agent is killed before and after every call of the disk: what the next one finds is whole, and its pull completes. */
import assert from "node:assert/strict";
import type { MemoryDisk } from "../../src/testing/memory_disk.ts";
import { bytes, IMAGE, ImagesRig } from "./images_rig.ts";

/** When the agent dies: at which call, and on which side of its effect. */
interface Death {
  readonly call: number;
  readonly side: "before" | "after";
}

/** The disk as an agent sees it that dies: nobody ever hears the answer of that call, nor of any later one. */
function mortalDisk(disk: MemoryDisk, death: Death) {
  let calls = 0;
  const died = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  const met: string[] = [];
  const mortal = <T extends object>(what: T): T =>
    new Proxy(what, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const call = ++calls;
          met.push(String(name));
          if (call > death.call) return never;
          if (call === death.call && death.side === "before") {
            died.resolve();
            return never;
          }
          const answer: unknown = value.apply(target, args);
          if (!(answer instanceof Promise)) return answer;
          if (call < death.call) {
            return answer.then((result) =>
              isFile(result) ? mortal(result) : result
            );
          }
          return answer.then(() => died.resolve(), () => died.resolve())
            .then(() => never);
        };
      },
    });
  return { disk: mortal(disk), died: died.promise, met };
}

function isFile(value: unknown): value is object {
  return typeof value === "object" && value !== null &&
    Symbol.asyncDispose in value;
}

/** An agent that does something and dies on the way. @returns the calls that it came to, and whether it died */
async function live(
  rig: ImagesRig,
  death: Death,
  work: () => Promise<unknown>,
): Promise<{ met: string[]; isDead: boolean }> {
  const { disk, died, met } = mortalDisk(rig.disk, death);
  const { host } = rig;
  const before = host.disk;
  host.disk = disk as unknown as typeof before;
  let isDead = false;
  const ended = (async () => {
    await rig.restart();
    await work();
  })();
  await rig.run(Promise.race([
    died.then(() => void (isDead = true)),
    ended,
  ]));
  host.disk = before;
  return { met, isDead };
}

const LIVES: Readonly<
  Record<string, {
    /** What was done before. */
    readonly before: (rig: ImagesRig) => Promise<void>;
    readonly work: (rig: ImagesRig) => Promise<unknown>;
    /** Whether there is an image all the while. */
    readonly isKept: boolean;
  }>
> = {
  "a first pull": {
    before: (rig) => {
      rig.put(bytes(300_000));
      return Promise.resolve();
    },
    work: (rig) => rig.images.pull(IMAGE),
    isKept: false,
  },
  "the pull of what a tag was moved to": {
    before: async (rig) => {
      rig.put(bytes(1_000, 7));
      await rig.images.pull(IMAGE);
      rig.put(bytes(300_000));
    },
    work: (rig) => rig.images.pull(IMAGE),
    isKept: true,
  },
  "a removal": {
    before: async (rig) => {
      rig.put(bytes(300_000));
      await rig.images.pull(IMAGE);
    },
    work: async (rig) =>
      await rig.images.remove((await rig.images.get(IMAGE))!.imageRef),
    isKept: false,
  },
};

for (const [name, { before, work, isKept }] of Object.entries(LIVES)) {
  Deno.test(`an agent that is killed at any call of the disk during ${name} leaves nothing broken`, async () => {
    let calls = Infinity;
    let deaths = 0;
    for (let call = 1; call <= calls; call++) {
      for (const side of ["before", "after"] as const) {
        const rig = await ImagesRig.open();
        await before(rig);
        const { isDead, met } = await live(
          rig,
          { call, side },
          () => work(rig),
        );
        if (!isDead) calls = 0;
        else deaths++;
        const at = `killed ${side} call ${call}, ${met[call - 1]}`;
        await rig.restart();
        const found = await rig.images.get(IMAGE);
        if (isKept) assert.ok(found, at);
        if (found) {
          const length = rig.content(found)?.length;
          assert.ok(length === 300_000 || isKept && length === 1_000, at);
        }
        const image = await rig.run(rig.images.pull(IMAGE));
        assert.deepEqual(rig.content(image), bytes(300_000), at);
        await rig.restart();
        assert.deepEqual(rig.names("drafts"), [], at);
        assert.deepEqual(
          rig.names("content").toSorted(),
          [
            ...new Set(
              rig.images.list().map(({ id }) => rig.images.byRef(id!)!.path),
            ),
          ].toSorted(),
          at,
        );
      }
    }
    assert.ok(deaths > 10, `${deaths} deaths`);
  });
}
