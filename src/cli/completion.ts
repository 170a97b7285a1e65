/**
 * Completion of the command line in bash, and in zsh by its `bashcompinit`: a script that knows all commands and flags, and asks nobody.
 *
 * @module
 */
import type { Command } from "commander";

/** The script; for `source <(wherry completion)`. */
export function completionScript(program: Command): string {
  return `# wherry: completion for bash, and for zsh after: autoload -U bashcompinit && bashcompinit
_wherry() {
  local word=\${COMP_WORDS[COMP_CWORD]} path= at flags= names=
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "$path \${COMP_WORDS[at]}" in
${commandPaths(program).map((path) => `      " ${path}"`).join(" | \\\n")})
        path="$path \${COMP_WORDS[at]}" ;;
    esac
  done
  case "$path" in
${wordLists(program)}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$names" -- "$word"))
    [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _wherry wherry
`;
}

/** `run`, `image`, `image ls` … */
function commandPaths(command: Command, before = ""): string[] {
  return visible(command).flatMap((child) => {
    const path = before + child.name();
    return [path, ...commandPaths(child, `${path} `)];
  });
}

function wordLists(command: Command, path = ""): string {
  const names = visible(command).map((child) => child.name()).join(" ");
  const flags = command.createHelp().visibleOptions(command)
    .flatMap(({ short, long }) => [short, long])
    .filter((flag) => flag !== undefined).join(" ");
  return [
    `    "${path}") names="${names}" flags="${flags}" ;;`,
    ...visible(command).map((child) =>
      wordLists(child, `${path} ${child.name()}`)
    ),
  ].join("\n");
}

function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command)
    .filter((child) => child.name() !== "help") as Command[];
}
