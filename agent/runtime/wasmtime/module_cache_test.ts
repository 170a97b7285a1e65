import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { RuntimeError } from "../runtime.ts";
import { Compiler, type CompilerOptions } from "./compiler.ts";
import { type EngineProgram, engineProgram } from "./engine_program.ts";
import { ModuleCache } from "./module_cache.ts";
import { wasmtimePath } from "./wasmtime_rig.ts";

const LOOK = { kind: "run", isComponent: false } as const;

/** A machine with a cache, and how often it compiled. */
class Rig {
  readonly dir: string;
  readonly host: ReturnType<typeof makeRealHost>;
  readonly program: EngineProgram;
  compiled = 0;
  /** Compilations, also such that nobody waits for any more. */
  readonly running: Promise<unknown>[] = [];

  constructor(dir: string, host: Rig["host"], program: EngineProgram) {
    this.dir = dir;
    this.host = host;
    this.program = program;
  }

  async open(
    more: Partial<CompilerOptions> & { spareBytes?: number } = {},
  ): Promise<ModuleCache> {
    const dir = `${this.dir}/modules`;
    const compiler = new Compiler(this.host, {
      dir,
      cgroup: `/wherry-test-${this.dir.split("-").at(-1)}`,
      ...more,
    });
    const { spareBytes } = more;
    return await ModuleCache.open(this.host, {
      dir,
      compiler: {
        compile: (request) => {
          this.compiled++;
          const compiling = compiler.compile(request);
          this.running.push(compiling.catch(() => {}));
          return compiling;
        },
      },
      ...(spareBytes !== undefined && { spareBytes }),
    });
  }

  /** What there is to be compiled, under a name of its own. */
  async source(name: string, text = `(module (func (export "_start")))`) {
    const source = `${this.dir}/${name}`;
    await Deno.writeTextFile(source, text);
    return {
      source,
      name,
      program: this.program,
      look: LOOK,
    };
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`${this.dir}/modules`)) {
      names.push(name);
    }
    return names.sort();
  }
}

function test(does: string, fn: (rig: Rig) => Promise<void>): void {
  testWith(`ModuleCache ${does}`, {
    needs: ["linux", "wasmtime"],
    fn: async () => {
      using host = makeRealHost();
      const dir = await Deno.makeTempDir({ prefix: "wherry-modules-" });
      try {
        const program = await engineProgram(host, wasmtimePath());
        const rig = new Rig(dir, host, program);
        await fn(rig);
        await Promise.all(rig.running); // what was given up ends soon
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

/** Text that takes the compiler many seconds: its work per instruction grows with the length of a function. */
function large(): string {
  const body = "local.get 0 i64.const 3 i64.rem_s local.set 0 ".repeat(5_000);
  return `(module (func (export "_start"))${
    `(func (param i64) (result i64) ${body} local.get 0)`.repeat(150)
  })`;
}

test("compiles a content once, also when it is asked twice at once", async (rig) => {
  const cache = await rig.open();
  const source = await rig.source("a");
  const [one, two] = await Promise.all([
    cache.get("sha256:a", source),
    cache.get("sha256:a", source),
  ]);
  assert.equal(one.path, two.path);
  assert.deepEqual(one.look, LOOK);
  assert.equal(rig.compiled, 1);
  assert.deepEqual(await cache.find("sha256:a", rig.program), one);
  const next = await rig.open();
  assert.equal((await next.get("sha256:a", source)).path, one.path);
  assert.equal(rig.compiled, 1);
  const names = await rig.names();
  assert.equal(names.length, 2, String(names)); // the code and what is known of it
  assert.equal((await Deno.stat(one.path)).mode! & 0o777, 0o644);
  assert.equal((await Deno.stat(`${rig.dir}/modules`)).mode! & 0o777, 0o700);
});

test("does not take another engine's code", async (rig) => {
  const cache = await rig.open();
  await cache.get("sha256:a", await rig.source("a"));
  const other = { ...rig.program, banner: "wasmtime 50.0.0" };
  assert.equal(await cache.find("sha256:a", other), undefined);
});

for (
  const [what, spoil] of [
    ["cut short", (path: string) => Deno.truncate(path, 5000)],
    ["empty", (path: string) => Deno.truncate(path, 0)],
    ["one bit another", async (path: string) => {
      const { mtime } = await Deno.stat(path);
      const code = await Deno.readFile(path);
      code[code.length >> 1]! ^= 4;
      await Deno.writeFile(path, code);
      await Deno.utime(path, mtime!, mtime!);
    }],
    ["another's to write", (path: string) => Deno.chmod(path, 0o666)],
    ["a link", async (path: string) => {
      await Deno.rename(path, `${path}.real.cwasm`);
      await Deno.symlink(`${path}.real.cwasm`, path);
    }],
    [
      "without what is known of it",
      (path: string) => Deno.remove(path.replace(".cwasm", ".json")),
    ],
    [
      "of broken notes",
      (path: string) =>
        Deno.writeTextFile(path.replace(".cwasm", ".json"), "{"),
    ],
  ] as const
) {
  test(`compiles again when the code is ${what}`, async (rig) => {
    const source = await rig.source("a");
    const { path } = await (await rig.open()).get("sha256:a", source);
    const good = await Deno.readFile(path);
    await spoil(path);
    const next = await rig.open();
    assert.equal(await next.find("sha256:a", rig.program), undefined);
    await next.get("sha256:a", source);
    assert.equal(rig.compiled, 2);
    assert.deepEqual(await Deno.readFile(path), good);
  });
}

test("removes drafts of a crash", async (rig) => {
  await rig.open();
  await Deno.writeTextFile(`${rig.dir}/modules/draft-1`, "half");
  await Deno.writeTextFile(`${rig.dir}/modules/draft-1.log`, "");
  await rig.open();
  assert.deepEqual(await rig.names(), []);
});

test("throws ErrImagePull with the engine's reason when the code is wrong", async (rig) => {
  const cache = await rig.open();
  const wrong = await rig.source("wrong.wat", "(module (func (result i32)))");
  await assert.rejects(
    cache.get("sha256:a", wrong),
    (error) =>
      error instanceof RuntimeError && error.reason === "ErrImagePull" &&
      /^Can not compile "wrong\.wat": .*type mismatch/.test(error.message) &&
      !/backtrace/.test(error.message),
  );
  assert.deepEqual(await rig.names(), []);
});

test("gives up when a compilation needs more time or memory than it may", async (rig) => {
  const source = await rig.source("large.wat", large());
  const cases = [
    [
      { cpuSeconds: 1 },
      /more than 1024 MiB of memory or 1 s of processor time$/,
    ],
    [{ wallSeconds: 1 }, /it took longer than 1 s$/],
  ] as const;
  for (const [bounds, why] of cases) {
    const cache = await rig.open(bounds);
    await assert.rejects(cache.get("sha256:a", source), why);
    assert.deepEqual(await rig.names(), []);
  }
});

test("compiles beside what takes long, and no more than three at once", async (rig) => {
  const cache = await rig.open({ patienceMs: 0 });
  const source = await rig.source("large.wat", large());
  const end = new AbortController();
  const many = ["1", "2", "3"].map((name) =>
    cache.get(`sha256:${name}`, { ...source, signal: end.signal })
  );
  const ended = many.map((one) => assert.rejects(one, /That will do/));
  let isDone = false;
  const fourth = cache.get("sha256:small", await rig.source("small"))
    .then(() => isDone = true);
  while (rig.compiled < 4) await new Promise((next) => setTimeout(next, 10));
  assert.equal(isDone, false, "There is no room for a fourth");
  end.abort(new Error("That will do"));
  await Promise.all([...ended, fourth]);

  const long = cache.get("sha256:4", source);
  const stopped = assert.rejects(long, /The agent ends/);
  await cache.get("sha256:5", await rig.source("beside"));
  cache.close();
  await stopped;
});

test("ends a compilation that nobody waits for any more", async (rig) => {
  const cache = await rig.open();
  const source = await rig.source("large.wat", large());
  const first = new AbortController();
  const second = new AbortController();
  const waits = [first, second].map(({ signal }) =>
    cache.get("sha256:a", { ...source, signal })
  );
  first.abort(new Error("First is gone"));
  await assert.rejects(waits[0]!, /First is gone/);
  second.abort(new Error("Second is gone"));
  await assert.rejects(waits[1]!, /Second is gone/);
  const { path } = await cache.get("sha256:b", await rig.source("small"));
  await Promise.all(rig.running); // its draft goes with it
  assert.ok((await rig.names()).includes(path.split("/").at(-1)!));
  assert.equal((await rig.names()).length, 2);
});

test("removes what is spare beyond what may be kept, and nothing that is needed", async (rig) => {
  const cache = await rig.open({ spareBytes: 0 });
  const [one, two, three] = [
    await cache.get("sha256:a", await rig.source("a")),
    await cache.get("sha256:b", await rig.source("b")),
    await cache.get("sha256:c", await rig.source("c")),
  ];
  await cache.trim(new Set([one.path]));
  assert.deepEqual(
    (await rig.names()).filter((name) => name.endsWith(".cwasm")),
    [one.path.split("/").at(-1)],
  );
  assert.equal(await cache.find("sha256:b", rig.program), undefined);
  const larger = await rig.open({
    spareBytes: (await Deno.stat(one.path)).size + 100,
  });
  await larger.get("sha256:b", await rig.source("b"));
  await larger.get("sha256:c", await rig.source("c"));
  await larger.find("sha256:b", rig.program); // used last
  await larger.trim(new Set([one.path]));
  assert.ok(await larger.find("sha256:b", rig.program));
  assert.equal(await larger.find("sha256:c", rig.program), undefined);
  assert.ok(two.path !== three.path);
});
