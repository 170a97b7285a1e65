/** The laws of runtimes for pods of several engines: the containers of the contract are joined to a sandbox that another engine made. */
import { WasmtimeRig } from "../wasmtime/wasmtime_rig.ts";
import type { Runtime, SandboxConfig } from "../runtime.ts";
import { runtimeContract } from "../runtime_contract.ts";
import { MixedRuntime } from "./mixed_runtime.ts";
import { BASE, MixedRig } from "./mixed_rig.ts";

/** The contract knows no engines: its container is the joined one's. */
class Joined extends MixedRuntime {
  override runSandbox(config: SandboxConfig) {
    return super.runSandbox({
      ...config,
      engines: { other: BASE, main: "wasmtime" },
    });
  }

  override createContainer(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    config: Parameters<Runtime["createContainer"]>[1],
  ) {
    const engines = { [config.name]: "wasmtime" };
    const own = { ...sandbox, config: { ...sandbox.config, engines } };
    return super.createContainer(own, config);
  }
}

runtimeContract("mixed", {
  needs: ["linux", "wasmtime"],
  commands: false,
  make: async () => {
    const rig = await WasmtimeRig.make();
    return await MixedRig.over(rig, (engines) => new Joined(engines));
  },
});
