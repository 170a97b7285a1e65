import { runtimeContract } from "../runtime_contract.ts";
import { DenoRig } from "./deno_rig.ts";

runtimeContract("deno", {
  needs: ["linux"],
  commands: false,
  make: () => DenoRig.make(),
});
