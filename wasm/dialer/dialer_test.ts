import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { runGuest } from "../guest_rig.ts";

testWith("dialer says what it reaches", {
  needs: ["wasmtime"],
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String((listener.addr as Deno.NetAddr).port);
    const taken = listener.accept();
    const args = ["cwd", "dial", "127.0.0.1", port, "lookup", "localhost"];
    const open = await runGuest("dialer", {
      options: ["-S", "inherit-network=y,allow-ip-name-lookup=y,cwd=/some/x"],
      args,
    });
    assert.equal(open.stdout, "/some/x\nconnected\n127.0.0.1\n", open.stderr);
    assert.equal(open.code, 0);
    (await taken).close();
    const closed = await runGuest("dialer", { args: args.slice(1) });
    assert.equal(closed.stdout, "refused 1\nunknown 20\n", closed.stderr);
    assert.equal((await runGuest("dialer", { args: ["sing"] })).code, 1);
  },
});

testWith("dialer says why it does not reach something", {
  needs: ["wasmtime"],
  fn: async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String((listener.addr as Deno.NetAddr).port);
    listener.close();
    const { stdout, stderr } = await runGuest("dialer", {
      options: ["-S", "inherit-network=y,allow-ip-name-lookup=y"],
      args: ["dial", "127.0.0.1", port, "lookup", "no.such.host.invalid"],
    });
    assert.match(stdout, /^refused 14\nunknown \d+\n$/, stderr);
  },
});
