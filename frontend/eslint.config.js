import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/**", "templates/**", "locale/**"] },
  js.configs.recommended,
  {
    files: ["src/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // The sizes of the house, the same as for Python.
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
      complexity: ["error", 10],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // readSettings<Settings>() and call<Body>() name the shape of JSON at the one place where it enters.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build elements with el(); text from a server is never markup." },
      ],
    },
  },
  {
    files: ["src/**/*.test.ts"],
    rules: {
      // A describe block holds many tests and may be long; non-null is fine where the test made the element.
      "max-lines-per-function": "off",
      "no-restricted-properties": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["*.config.{js,ts}"], languageOptions: { globals: globals.node } },
);
