import assert from "node:assert/strict";
import { HostError } from "../host.ts";
import { RealDisk } from "./disk.ts";
import { RealRandom } from "./random.ts";

const DISK = new RealDisk(new RealRandom());
const ignore = Deno.build.os !== "linux";

Deno.test({
  name:
    "openPipe() writes all, however late the reader takes it, and gives up when told so",
  ignore,
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const path = `${dir}/pipe`;
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await assert.rejects(DISK.openPipe(path), { code: "closed" });
    // Holds the pipe open, and reads when it is told to.
    const reader = new Deno.Command("sh", {
      args: ["-c", `exec 3<>"$0"; echo; read -r _; head -c 300000 <&3`, path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const output = reader.stdout.getReader();
    await output.read();
    const data = crypto.getRandomValues(new Uint8Array(60_000));
    {
      await using pipe = await DISK.openPipe(path);
      const written: number[] = [];
      const all = (async () => {
        for (let i = 0; i < 5; i++) {
          await pipe.write(data);
          written.push(i);
        }
      })();
      const go = reader.stdin.getWriter();
      await go.write(new TextEncoder().encode("\n"));
      await go.close();
      const seen: Uint8Array[] = [];
      for (let at = 0; at < 300_000;) {
        const { value } = await output.read();
        seen.push(value!);
        at += value!.length;
      }
      await all;
      assert.deepEqual(
        await new Blob(seen as BlobPart[]).bytes(),
        await new Blob(Array(5).fill(data)).bytes(),
      );
    }
    await output.cancel();
    await reader.status;
    // A reader that takes nothing.
    const idle = new Deno.Command("sh", {
      args: ["-c", `exec 3<>"$0"; echo; read -r _`, path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const said = idle.stdout.getReader();
    await said.read();
    {
      await using pipe = await DISK.openPipe(path);
      const stop = new AbortController();
      const stuck = pipe.write(new Uint8Array(200_000), stop.signal);
      const why = new Error("The client left");
      setTimeout(() => stop.abort(why), 100);
      await assert.rejects(stuck, (error) => error === why);
    }
    await idle.stdin.close();
    await said.cancel();
    await idle.status;
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test({
  name:
    "openNew() makes what is not there with its mode and owner, and follows no link",
  ignore,
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const owner = Deno.uid() === 0 ? { uid: 1234, gid: 4321 } : undefined;
    {
      await using file = await DISK.openNew(`${dir}/new`, {
        mode: 0o666,
        ...(owner && { owner }),
      });
      await file.append(new TextEncoder().encode("one "));
      await file.append(new TextEncoder().encode("two"));
    }
    assert.equal(await Deno.readTextFile(`${dir}/new`), "one two");
    const { mode, uid, gid } = await Deno.stat(`${dir}/new`);
    assert.equal(mode! & 0o7777, 0o666);
    if (owner) assert.deepEqual({ uid, gid }, owner);
    await Deno.symlink(`${dir}/elsewhere`, `${dir}/link`);
    for (const name of ["new", "link"]) {
      await assert.rejects(
        DISK.openNew(`${dir}/${name}`, { mode: 0o600 }),
        (error) =>
          error instanceof HostError && error.code === "already-exists",
      );
    }
    await Deno.remove(dir, { recursive: true });
  },
});
