// Builds the console island into ../console. The same sources and lock give the same bytes.
import { build } from "esbuild";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "console");
const BUDGET_KB = 200;

// The transports' default media manager loads a vendor's code from its servers when a page runs. We hand the
// transports our own media manager, so that import is replaced by a module that holds nothing.
const withoutVendorMedia = {
  name: "without-vendor-media",
  setup(b) {
    b.onResolve({ filter: /^@daily-co\/daily-js$/ }, () => ({ path: path.join(here, "console/media/no-vendor-media.ts") }));
    // The transports publish their recorder classes on globalThis, which keeps unused code in the bundle.
    b.onLoad({ filter: /@pipecat-ai\/(small-webrtc|websocket)-transport\/dist\/index\.module\.js$/ }, async (args) => {
      const source = await readFile(args.path, "utf8");
      return { contents: source.replace(/^globalThis\.(WavPacker|AudioAnalysis|WavStreamPlayer|WavRecorder) = .*;$/gm, ""), loader: "js" };
    });
  },
};

await rm(out, { recursive: true, force: true });
const common = {
  absWorkingDir: here,
  outdir: out,
  entryNames: "[name]",
  bundle: true,
  format: "esm",
  platform: "browser",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  charset: "utf8",
  legalComments: "none",
};
const { metafile } = await build({
  ...common,
  entryPoints: { console: "console/main.tsx" },
  chunkNames: "[name]-[hash]",
  splitting: true,
  metafile: true,
  plugins: [withoutVendorMedia],
});
// Each worklet stands alone: it lives in a scope of its own.
await build({
  ...common,
  entryPoints: {
    "capture-worklet": "console/media/capture-worklet.ts",
    "playback-worklet": "console/media/playback-worklet.ts",
  },
});
await build({
  absWorkingDir: here,
  entryPoints: ["console/console.css"],
  outfile: path.join(out, "console.css"),
  bundle: true,
  minify: true,
  charset: "utf8",
});

await writeFile(path.join(out, "third-party.txt"), await notices(Object.keys(metafile.inputs)));

let total = 0;
for (const name of (await readdir(out, { recursive: true })).sort()) {
  if (!/\.(js|css)$/.test(name)) continue;
  const size = gzipSync(await readFile(path.join(out, name)), { level: 9 }).length;
  total += size;
  console.log(`${name.padEnd(44)} ${(size / 1024).toFixed(1).padStart(7)} kB gz`);
}
console.log(`${"total".padEnd(44)} ${(total / 1024).toFixed(1).padStart(7)} kB gz (budget ${BUDGET_KB})`);
if (total > BUDGET_KB * 1024) {
  console.error("The console is over its budget.");
  process.exit(1);
}

/** The licences of what the bundle holds, as their terms ask for. */
async function notices(inputs) {
  const folders = new Set(inputs.map((input) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean));
  const parts = [];
  for (const folder of [...folders].sort()) {
    const manifest = JSON.parse(await readFile(path.join(here, folder, "package.json"), "utf8"));
    const files = await readdir(path.join(here, folder));
    const file = files.find((name) => /^licen[cs]e/i.test(name));
    const terms = file ? await readFile(path.join(here, folder, file), "utf8") : `Licence: ${manifest.license}`;
    parts.push(`${manifest.name} ${manifest.version} (${manifest.license})\n\n${terms.trim()}\n`);
  }
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}
