import assert from "node:assert/strict";
import { foundTools, testWith } from "../../../src/testing/needs.ts";
import { containerdConfig } from "./containerd_config.ts";

const TEXT = containerdConfig({
  root: `/data/with "quotes"/root`,
  state: "/run/x/state",
  socket: "/run/x/containerd.sock",
  runc: "/opt/runc",
  cniBin: "/opt/cni",
  cniConf: "/data/cni",
  snapshotter: "native",
  sandboxImage: "example.com/pause:1",
  registryDir: "/data/certs.d",
  mayLowerOomScore: false,
});

testWith("containerdConfig() says what containerd understands", {
  needs: ["containerd"],
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".toml" });
    try {
      await Deno.writeTextFile(file, TEXT);
      const dump = await new Deno.Command(String(foundTools().containerd), {
        args: ["--config", file, "config", "dump"],
      }).output();
      const text = new TextDecoder().decode(dump.stdout);
      assert.equal(dump.code, 0, new TextDecoder().decode(dump.stderr));
      for (
        const line of [
          `root = "/data/with \\"quotes\\"/root"`,
          `address = "/run/x/containerd.sock"`,
          `restrict_oom_score_adj = true`,
          `snapshotter = "native"`,
          `BinaryName = "/opt/runc"`,
          `Root = "/run/x/state/runc"`,
          `bin_dir = "/opt/cni"`,
          `conf_dir = "/data/cni"`,
          `config_path = "/data/certs.d"`,
        ]
      ) assert.ok(text.includes(line), line);
      assert.match(text, /sandbox(_image)? = "example.com\/pause:1"/);
    } finally {
      await Deno.remove(file);
    }
  },
});
