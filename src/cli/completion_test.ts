import assert from "node:assert/strict";
import { Command } from "commander";
import { completionScript } from "./completion.ts";

function program(): Command {
  const wherry = new Command("wherry").option("-n, --namespace <name>");
  wherry.command("run").option("--replicas <number>").option("--rm");
  const image = wherry.command("image");
  image.command("ls").option("-q, --quiet");
  image.command("rm");
  return wherry;
}

/** What bash offers for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${completionScript(program())}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wherry; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", ...words],
    cwd: "/proc/self",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

const HAS_BASH = await new Deno.Command("bash", { args: ["-c", ":"] }).output()
  .then(() => true, () => false);

Deno.test({
  name: "completionScript() offers commands, flags, and else files",
  ignore: !HAS_BASH,
  async fn() {
    assert.deepEqual(await offered("wherry", ""), ["run", "image"]);
    assert.deepEqual(await offered("wherry", "i"), ["image"]);
    assert.deepEqual(await offered("wherry", "image", ""), ["ls", "rm"]);
    assert.deepEqual(await offered("wherry", "run", "--r"), [
      "--replicas",
      "--rm",
    ]);
    assert.deepEqual(await offered("wherry", "-n", "x", "image", "ls", "-"), [
      ...["-q", "--quiet", "-h", "--help"],
    ]);
    assert.deepEqual(await offered("wherry", "run", "cmdlin"), ["cmdline"]);
  },
});
