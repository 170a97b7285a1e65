/**
 * Stands where a node lacks the runtime that a pod asks for.
 *
 * @module
 */
import { type Runtime, RuntimeError } from "./runtime.ts";

/** A {@linkcode Runtime} that has nothing and starts nothing. Pods on it wait, and say why. */
export class MissingRuntime implements Runtime {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  status(): Promise<{ ready: boolean; message: string; version: string }> {
    const { message } = this.#error();
    return Promise.resolve({ ready: false, message, version: "" });
  }

  listSandboxes(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  sandboxStatus(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  runSandbox(): Promise<never> {
    return Promise.reject(this.#error());
  }

  stopSandbox(): Promise<void> {
    return Promise.resolve();
  }

  removeSandbox(): Promise<void> {
    return Promise.resolve();
  }

  imageStatus(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  pullImage(): Promise<never> {
    return Promise.reject(this.#error());
  }

  listImages(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  createContainer(): Promise<never> {
    return Promise.reject(this.#error());
  }

  startContainer(): Promise<never> {
    return Promise.reject(this.#error());
  }

  stopContainer(): Promise<void> {
    return Promise.resolve();
  }

  removeContainer(): Promise<void> {
    return Promise.resolve();
  }

  containerStatus(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  onChange(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  // deno-lint-ignore require-yield
  async *logs(): AsyncIterable<never> {
    await Promise.reject(this.#error());
  }

  exec(): Promise<never> {
    return Promise.reject(this.#error());
  }

  execSync(): Promise<never> {
    return Promise.reject(this.#error());
  }

  attach(): Promise<never> {
    return Promise.reject(this.#error());
  }

  portForward(): Promise<never> {
    return Promise.reject(this.#error());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #error(): RuntimeError {
    return new RuntimeError(
      "CreatePodSandboxError",
      `No runtime "${this.name}" on this node`,
    );
  }
}
