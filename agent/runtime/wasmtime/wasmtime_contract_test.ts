import { runtimeContract } from "../runtime_contract.ts";
import { WasmtimeRig } from "./wasmtime_rig.ts";

runtimeContract("wasmtime", {
  needs: ["linux", "wasmtime"],
  make: () => WasmtimeRig.make(),
});
