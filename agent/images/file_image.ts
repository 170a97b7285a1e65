/**
 * Images that are files of the node: `file:///absolute/path.wasm`, or `file:name.wasm` in the node's folder of images.
 *
 * @module
 */
import { RuntimeError } from "./runtime_error.ts";
import type { ImageFormat } from "./engine_image.ts";

/** Whether a name is a file's. */
export function isFileImage(image: string): boolean {
  return image.startsWith("file:");
}

/**
 * The path that an image's name says.
 *
 * @param options.imageDir the node's folder of images
 * @throws {RuntimeError} `InvalidImageName`
 */
export function imagePath(image: string, options: {
  readonly format: Pick<ImageFormat, "name" | "extensions">;
  readonly imageDir?: string | undefined;
}): string {
  const { format, imageDir } = options;
  const invalid = (why: string) =>
    new RuntimeError(
      "InvalidImageName",
      `Can not read the image name "${image}": ${why}`,
    );
  const [first] = format.extensions;
  const isAbsolute = image.startsWith("file:///");
  if (!isAbsolute && !/^file:[^/]/.test(image)) {
    throw invalid(
      `a file of the node is file:///path${first} or file:name${first}`,
    );
  }
  let path: string;
  try {
    path = decodeURIComponent(
      image.slice((isAbsolute ? "file://" : "file:").length),
    );
  } catch {
    throw invalid("it holds a broken % escape");
  }
  if (!format.extensions.some((end) => path.endsWith(end))) {
    throw invalid(`the file must be called ${format.extensions.join(" or ")}`);
  }
  if (path.includes("\0") || path.split("/").includes("..")) {
    throw invalid(`".." has no place in it`);
  }
  if (path.startsWith("/")) return path;
  if (imageDir === undefined) throw invalid("this node has no image folder");
  return `${imageDir}/${path}`;
}
