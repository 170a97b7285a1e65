/**
 * crane and oras, built from their Go modules, work the registry as they work any other.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCommand, TestCluster } from "../support/cluster.ts";

/** Modules and the programs in them. */
const TOOLS = [
  ["github.com/google/go-containerregistry", "v0.20.6", "cmd/crane"],
  ["oras.land/oras", "v1.2.3", "cmd/oras"],
] as const;

/** Whether Go is on this machine. */
const hasGo = await new Deno.Command("go", { args: ["version"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "crane and oras push, pull, copy, list, attach, discover and delete",
  ignore: !hasGo,
  async fn(t) {
    await using cluster = await TestCluster.make();
    const bin = join(cluster.dir, "bin");
    for (const tool of TOOLS) await build(tool, bin);
    await cluster.startServer();
    const { token, ca } = await cluster.credentials();
    const file = (name: string) => join(cluster.dir, name);
    await Deno.writeTextFile(file("ca.crt"), ca);
    const registry = `127.0.0.1:${cluster.port}`;
    const attempt = (program: string, ...args: string[]) =>
      runCommand("env", [
        ...["-C", cluster.dir],
        `SSL_CERT_FILE=${file("ca.crt")}`,
        `DOCKER_CONFIG=${file("docker")}`,
        ...[join(bin, program), ...args],
      ]);
    const run = async (program: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await attempt(program, ...args);
      assert.equal(code, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
      return stdout;
    };
    const crane = (...args: string[]) => run("crane", ...args);
    const oras = (...args: string[]) => run("oras", ...args);

    await t.step("without credentials nothing is there", async () => {
      const { code, stderr } = await attempt("crane", "catalog", registry);
      assert.notEqual(code, 0);
      assert.match(stderr, /UNAUTHORIZED|401/);
      await crane("auth", "login", registry, "-u", "any", "-p", token);
    });
    await t.step("crane: an image of two layers", async () => {
      const layers: string[] = [];
      for (const n of [1, 2]) {
        await Deno.writeFile(file(`layer${n}`), noise(3_000_000 * n));
        const tar = file(`layer${n}.tar`);
        const packed = await runCommand("tar", [
          ...["cf", tar, "-C", cluster.dir, `layer${n}`],
        ]);
        assert.equal(packed.code, 0, packed.stderr);
        layers.push("-f", tar);
      }
      const image = `${registry}/team/app:v1`;
      await crane("append", "--oci-empty-base", ...layers, "-t", image);
      await crane("validate", "--remote", image);
      await crane("copy", image, `${registry}/other/app:v2`);
      await crane("tag", `${registry}/other/app:v2`, "latest");
      assert.equal(await crane("ls", `${registry}/other/app`), "latest\nv2\n");
      assert.equal(
        await crane("digest", `${registry}/other/app:latest`),
        await crane("digest", image),
      );
      await crane("index", "append", "-m", image, "-t", `${image}-all`);
      await crane("validate", "--remote", `${image}-all`);
      await crane("pull", `${registry}/other/app:v2`, file("image.tar"));
      await crane("push", file("image.tar"), `${registry}/third/app:v3`);
      await crane("validate", "--remote", `${registry}/third/app:v3`);
      assert.equal(
        await crane("catalog", registry),
        "other/app\nteam/app\nthird/app\n",
      );
    });
    await t.step("crane: deletion", async () => {
      const digest = (await crane("digest", `${registry}/other/app:v2`)).trim();
      await crane("delete", `${registry}/other/app@${digest}`);
      assert.equal(await crane("ls", `${registry}/other/app`), "");
    });
    await t.step("what wherry has pushed is theirs, too", async () => {
      // A module without anything, and a bundle.
      const module = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
      const bundle = `console.log("hi");\n`;
      await Deno.writeFile(file("bare.wasm"), module);
      await Deno.writeTextFile(file("hi.ts"), bundle);
      for (
        const [source, name] of [
          ["bare.wasm", "module.wasm"],
          ["hi.ts", "bundle.js"],
        ] as const
      ) {
        const image = `made/${name.split(".")[0]}:v1`;
        const pushed = await cluster.wherry("push", file(source), image);
        assert.equal(pushed.code, 0, pushed.stderr);
        const at = `${registry}/${image}`;
        await oras("pull", at, "-o", file("made"));
        const written = await Deno.readFile(file(`made/${name}`));
        const manifest = JSON.parse(await crane("manifest", at));
        assert.equal(manifest.layers[0].size, written.length);
        assert.equal(
          await crane(
            "blob",
            `${registry}/${image.split(":")[0]}@${manifest.layers[0].digest}`,
          ),
          new TextDecoder().decode(written),
        );
        await crane("pull", "--format", "oci", at, file("layout"));
        await crane("copy", at, `${registry}/copied/${image}`);
        assert.equal(
          await crane("digest", `${registry}/copied/${image}`),
          await crane("digest", at),
        );
      }
      assert.deepEqual(await Deno.readFile(file("made/module.wasm")), module);
    });
    await t.step("oras: an artifact and what is said about it", async () => {
      await Deno.writeTextFile(file("note.txt"), "hello");
      await Deno.writeTextFile(file("signature.txt"), "signed");
      const artifact = `${registry}/team/note:v1`;
      await oras(
        ...["push", artifact, "note.txt:text/plain"],
        ...["--artifact-type", "application/x.note"],
      );
      await oras(
        ...["attach", artifact, "signature.txt:text/plain"],
        ...["--artifact-type", "application/x.signature"],
      );
      await oras("cp", "-r", artifact, `${registry}/copy/note:v1`);
      const discovered = await oras(
        ...["discover", "--format", "json", `${registry}/copy/note:v1`],
      );
      assert.match(discovered, /application\/x\.signature/);
      const none = await oras(
        ...["discover", "--format", "json", artifact],
        ...["--artifact-type", "application/x.other"],
      );
      assert.doesNotMatch(none, /application\/x\.signature/);
      await oras("pull", `${registry}/copy/note:v1`, "-o", file("out"));
      assert.equal(await Deno.readTextFile(file("out/note.txt")), "hello");
      assert.equal(
        await oras("repo", "tags", `${registry}/copy/note`),
        "v1\n",
      );
      await oras("manifest", "delete", "-f", `${registry}/copy/note:v1`);
      const gone = await attempt(
        ...["oras", "pull", `${registry}/copy/note:v1`] as const,
      );
      assert.notEqual(gone.code, 0);
      assert.match(gone.stderr, /not found/);
    });
  },
});

/** Builds a program in a module of its own, which asks for that version alone. */
async function build(
  [module, version, program]: typeof TOOLS[number],
  bin: string,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(dir, "go.mod"),
      `module tools\n\ngo 1.23\n\nrequire ${module} ${version}\n`,
    );
    const built = await runCommand("nice", [
      ...["-n", "10", "env", "-C", dir, "GOFLAGS=-mod=mod"],
      ...["go", "build", "-o", `${bin}/`, `${module}/${program}`],
    ]);
    assert.equal(built.code, 0, built.stderr);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}
