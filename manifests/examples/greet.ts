/** Says which replica answers: `wherry run manifests/examples/greet.ts --replicas 3`. */
export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    const replica = Deno.env.get("POD_NAME");
    return new Response(`Hello from ${replica}, you asked for ${pathname}\n`);
  },
};
