import { resolve } from "node:path";

import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;

// run.py names the folder inside its data directory; by hand the build lands in <checkout>/var/assets.
const outDir = resolve(here, process.env["BENCHSHARE_ASSETS"] ?? "../var/assets");

export default defineConfig({
  plugins: [tailwindcss()],
  // Relative addresses between chunks: the build works under any STATIC_URL.
  base: "./",
  publicDir: false,
  build: {
    outDir,
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // The chart and the calendar are lazy chunks; their size is no news.
    chunkSizeWarningLimit: 700,
    // Inlined images would be data: addresses, which the content security policy does not allow.
    assetsInlineLimit: 0,
    // The polyfill would be a second copy of what every browser with modules has.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: resolve(here, "src/main.ts") },
      // htmx contains one eval, which allowEval: false and the policy keep from ever running.
      checks: { eval: false },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
  },
});
