import { runtimeContract } from "../runtime_contract.ts";
import { WasmtimeRig } from "./wasmtime_rig.ts";

runtimeContract("wasmtime", {
  needs: ["linux", "wasmtime"],
  commands: false,
  make: () => WasmtimeRig.make(),
});
