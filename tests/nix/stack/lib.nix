# As much of the library of nixpkgs, and of its modules, as compose-stack.nix needs: enough to see what
# it makes of a stack, without anything that has to be fetched.
rec {
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isList
    isString
    mapAttrs
    stringLength
    substring
    ;

  optional = yes: value: if yes then [ value ] else [ ];
  optionals = yes: values: if yes then values else [ ];
  optionalAttrs = yes: attrs: if yes then attrs else { };
  optionalString = yes: text: if yes then text else "";
  concatMapStrings = f: values: concatStringsSep "" (map f values);
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = f: attrs: builtins.listToAttrs (mapAttrsToList f attrs);
  mapAttrsToList = f: attrs: map (name: f name attrs.${name}) (attrNames attrs);
  filterAttrs =
    keep: attrs:
    builtins.listToAttrs (
      filter (pair: keep pair.name pair.value) (mapAttrsToList nameValuePair attrs)
    );
  hasPrefix = start: text: substring 0 (stringLength start) text == start;
  hasInfix = part: text: builtins.match ".*${part}.*" text != null;
  splitString = at: text: filter isString (builtins.split at text);
  escapeShellArg =
    word:
    if builtins.match "[a-zA-Z0-9,._+:@%/-]+" word != null then
      word
    else
      "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] word}'";
  escapeShellArgs = words: concatStringsSep " " (map escapeShellArg words);

  # Options: what is given, or the default.
  literalExpression = text: text;
  mkOption = option: option // { _option = true; };
  mkEnableOption = what: mkOption { default = false; };
  mkDefault = value: value;
  mkIf = yes: attrs: optionalAttrs yes attrs;
  types = {
    attrsOf = type: { each = type; };
    submodule = module: { inherit module; };
    listOf = _: { };
    nullOr = _: { };
    enum = _: { };
    strMatching = _: { };
    bool = { };
    str = { };
    path = { };
    package = { };
    unspecified = { };
    ints.positive = { };
  };

  valuesOf =
    options: given: made:
    mapAttrs (
      name: option:
      if !(option ? _option) then
        valuesOf option (given.${name} or { }) { }
      else
        made.${name} or given.${name} or option.default
    ) options;

  stackOf =
    module: name: given:
    let
      evaluated = module { inherit name config; };
      config = valuesOf evaluated.options given evaluated.config;
    in
    config;

  # What a module makes of these stacks, on a host with these name servers.
  evaluate =
    module: nameservers: stacks:
    let
      pkgs = {
        docker-client = "docker-client";
        gnugrep = "gnugrep";
        util-linux = "util-linux";
        writeText = name: text: { inherit name text; };
        formats.json = _: { type = { }; };
      };
      evaluated = import module {
        inherit pkgs;
        lib = self;
        config = {
          networking.nameservers = nameservers;
          services.composeStacks = all';
        };
      };
      self = import ./lib.nix;
      all' = mapAttrs (stackOf evaluated.options.services.composeStacks.type.each.module) stacks;
    in
    {
      inherit (evaluated) config;
      stacks = all';
    };
}
