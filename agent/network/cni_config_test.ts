import assert from "node:assert/strict";
import {
  addressesOf,
  conflist,
  failureOf,
  pluginConfig,
} from "./cni_config.ts";

const SETTINGS = { podCidr: "10.42.3.0/24", ipamDir: "/d/network/ipam" };

Deno.test("conflist() names the same network, bridge and addresses as pluginConfig()", () => {
  const list = JSON.parse(conflist(SETTINGS));
  const { cniVersion, name, ...plugin } = JSON.parse(pluginConfig(SETTINGS));
  assert.deepEqual(list, { cniVersion, name, plugins: [plugin] });
  assert.equal(plugin.bridge, "wherry0");
  assert.equal(plugin.ipMasq, false);
  assert.deepEqual(plugin.ipam, {
    type: "host-local",
    dataDir: "/d/network/ipam",
    ranges: [[{ subnet: "10.42.3.0/24" }]],
  });
});

Deno.test("addressesOf() answers the addresses without prefix length", () => {
  const answer = JSON.stringify({
    cniVersion: "0.4.0",
    ips: [{ version: "4", address: "10.42.3.2/24", gateway: "10.42.3.1" }],
  });
  assert.deepEqual(addressesOf(answer), ["10.42.3.2"]);
});

Deno.test("addressesOf() throws when the answer has none", () => {
  assert.throws(() => addressesOf(`{"cniVersion":"0.4.0"}`), /gave no address/);
});

Deno.test("failureOf() answers the plugin's message, else the last line of its errors", () => {
  const failed = { code: 1, stdout: "", stderr: "" };
  assert.equal(
    failureOf({
      ...failed,
      stdout: `{"code":11,"msg":"no room","details":"full"}`,
    }),
    "no room: full",
  );
  assert.equal(failureOf({ ...failed, stderr: "a\nb\n" }), "b");
  assert.equal(failureOf(failed), "exit status 1");
});
