/**
 * The scripted runtime for tests and simulation: {@linkcode FakeMachine} is what survives, {@linkcode FakeRuntime} is one agent's view of it.
 *
 * @module
 */
export {
  type ContainerScript,
  type FakeContainer,
  FakeMachine,
  type FakeSandbox,
} from "./fake_machine.ts";
export { FakeRuntime, type FakeRuntimeOptions } from "./fake_runtime.ts";
