/**
 * exec and attach.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { MuxStream } from "../../src/base/mux.ts";
import { ChannelSession, type SessionWish } from "./channel_session.ts";
import { Refusal } from "./refusal.ts";
import { exitStatus, failureStatus, SUCCESS } from "./session_status.ts";
import { containerOf, podOf, type StreamParts } from "./stream_parts.ts";

/** Runs a command in a container. @throws {Refusal} before the session has begun */
export async function serveExec(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  const { header } = stream;
  const { command } = header;
  if (!isCommand(command)) {
    throw new Refusal(400, "you must specify at least one command");
  }
  const wish = wishOf(header);
  const pod = podOf(parts, header);
  const id = containerOf(pod, header);
  const session = new ChannelSession(stream, wish);
  try {
    const { exitCode } = await pod.runtime.exec(id, {
      command,
      ...session.streams,
    });
    await session.end(exitStatus(command, exitCode));
  } catch (error) {
    await session.end(
      failureStatus("executing command in", messageOf(error)),
    );
  }
}

/** Joins a container's own input and output. @throws {Refusal} before the session has begun */
export async function serveAttach(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  const { header } = stream;
  const wish = wishOf(header);
  const pod = podOf(parts, header);
  const id = containerOf(pod, header);
  const session = new ChannelSession(stream, wish);
  try {
    await pod.runtime.attach(id, session.streams);
    await session.end(SUCCESS);
  } catch (error) {
    await session.end(failureStatus("attaching to", messageOf(error)));
  }
}

function wishOf(header: MuxStream["header"]): SessionWish {
  const wish = {
    stdin: header["stdin"] === true,
    stdout: header["stdout"] === true,
    stderr: header["stderr"] === true,
    tty: header["tty"] === true,
  };
  if (wish.stdin || wish.stdout || wish.stderr) return wish;
  throw new Refusal(
    400,
    "you must specify at least 1 of stdin, stdout, stderr",
  );
}

function isCommand(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((word) => typeof word === "string");
}
