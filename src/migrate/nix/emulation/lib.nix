# A small `lib` in the place of that of nixpkgs: what generated modules use, and as much of the module system as they need. Written for
# the tests; it follows the documented meaning, not the sources.
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatLists
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    map
    mapAttrs
    match
    replaceStrings
    stringLength
    substring
    tail
    toString
    ;

  # Lists and sets.
  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: values: if condition then values else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  range = first: last: if first > last then [ ] else genList (n: first + n) (last - first + 1);
  unique = foldl' (seen: item: if elem item seen then seen else seen ++ [ item ]) [ ];
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if set ? ${head path} then
      attrByPath (tail path) default set.${head path}
    else
      default;
  setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
  recursiveUpdate =
    left: right:
    if isAttrs left && isAttrs right then
      left // mapAttrs (name: value: if left ? ${name} then recursiveUpdate left.${name} value else value) right
    else
      right;
  imap = first: f: list: genList (n: f (n + first) (elemAt list n)) (length list);

  # Text.
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);
  concatMapStrings = concatMapStringsSep "";
  concatStrings = concatStringsSep "";
  concatLines = concatMapStrings (line: line + "\n");
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text != null then text else "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;
  removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  getExe = package: "${package}/bin/${package.meta.mainProgram or package.pname or package.name}";
  getExe' = package: program: "${package}/bin/${program}";

  # Properties of definitions.
  property = type: fields: { _type = type; } // fields;
  is = type: value: isAttrs value && value._type or null == type;
  mkIf = condition: content: property "if" { inherit condition content; };
  mkMerge = contents: property "merge" { inherit contents; };
  mkOverride = priority: content: property "override" { inherit priority content; };
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkOrder = priority: content: property "order" { inherit priority content; };
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkOption = property "option";
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${name}.";
    };
  mkPackageOption =
    pkgs: name: _:
    mkOption {
      type = types.package;
      default = pkgs.${name};
    };

  # A definition as plain values with their priorities: of `mkIf`, `mkMerge`, `mkOverride` and `mkOrder` nothing is left.
  discharge =
    priority: order: value:
    if is "if" value then
      optionals value.condition (discharge priority order value.content)
    else if is "merge" value then
      concatLists (map (discharge priority order) value.contents)
    else if is "override" value then
      discharge value.priority order value.content
    else if is "order" value then
      discharge priority value.priority value.content
    else
      [ { inherit priority order value; } ];
  definitions =
    values:
    let
      every = concatLists (map (discharge 100 1000) values);
      lowest = foldl' (least: one: if one.priority < least then one.priority else least) 10000 every;
      kept = filter (one: one.priority == lowest) every;
    in
    map (one: one.value) (builtins.sort (a: b: a.order < b.order) kept);

  # A set of definitions with the properties around it moved to its attributes.
  push =
    value:
    if is "if" value then
      map (set: mapAttrs (_: mkIf value.condition) set) (push value.content)
    else if is "merge" value then
      concatLists (map push value.contents)
    else if is "override" value then
      map (set: mapAttrs (_: mkOverride value.priority) set) (push value.content)
    else if is "order" value then
      map (set: mapAttrs (_: mkOrder value.priority) set) (push value.content)
    else
      [ value ];

  shown = concatStringsSep ".";

  # Types: what a value must be, and what several of them are together.
  one =
    place: values:
    if all (value: value == head values) values then
      head values
    else
      throw "The option `${shown place}' has conflicting definition values";
  type = name: check: { inherit name check; merge = one; };
  checked =
    kind: place: value:
    if kind.check value then value else throw "A definition for option `${shown place}' is not of type `${kind.name}'";
  plain = type "anything" (_: true) // {
    merge =
      place: values:
      if all isList values then
        concatLists values
      else if all (value: isAttrs value && !(value ? outPath) && !(value ? _type && !isAttrs value._type)) values then
        freely place values
      else
        one place values;
  };
  # What no option is declared for is merged all the same.
  freely =
    place: values:
    let
      sets = concatLists (map push values);
      names = unique (concatLists (map attrNames sets));
      defined = name: definitions (map (set: set.${name}) (filter (set: set ? ${name}) sets));
    in
    listToAttrs (
      concatLists (
        map (
          name:
          let
            values = defined name;
          in
          optional (values != [ ]) (nameValuePair name (plain.merge (place ++ [ name ]) values))
        ) names
      )
    );
  number = low: high: type "integer between ${toString low} and ${toString high}" (n: isInt n && n >= low && n <= high);
  isText = value: isString value || (isAttrs value && value ? outPath);
  types = rec {
    anything = plain;
    unspecified = plain;
    raw = type "raw value" (_: true);
    attrs = plain // {
      name = "attribute set";
      check = isAttrs;
    };
    bool = type "boolean" isBool;
    int = type "signed integer" isInt;
    float = type "floating point number" isFloat;
    ints = {
      between = number;
      unsigned = number 0 9223372036854775807;
      positive = number 1 9223372036854775807;
      u8 = number 0 255;
      u16 = number 0 65535;
    };
    port = ints.u16;
    str = type "string" isString;
    nonEmptyStr = type "non-empty string" (text: isString text && text != "");
    singleLineStr = type "single-line string" (text: isString text && match "[^\n]*" text != null);
    strMatching = pattern: type "string matching ${pattern}" (text: isString text && match pattern text != null);
    separatedString =
      separator:
      str
      // {
        merge = _: concatStringsSep separator;
      };
    lines = separatedString "\n";
    commas = separatedString ",";
    path = type "absolute path" (value: isPath value || (isText value && hasPrefix "/" (toString value)));
    package = type "package" isText;
    enum = values: type "one of the known values" (value: elem value values);
    nullOr =
      inner:
      type "null or ${inner.name}" (value: value == null || inner.check value)
      // {
        merge = place: values: if any (value: value != null) values then inner.merge place values else null;
      };
    either =
      left: right:
      type "${left.name} or ${right.name}" (value: left.check value || right.check value)
      // {
        merge = place: values: if all left.check values then left.merge place values else right.merge place values;
      };
    oneOf = kinds: foldl' either (head kinds) (tail kinds);
    coercedTo =
      from: f: to:
      type "${to.name} or ${from.name}" (value: from.check value || to.check value)
      // {
        merge = place: values: to.merge place (map (value: if from.check value then f value else value) values);
      };
    listOf =
      inner:
      type "list of ${inner.name}" isList
      // {
        merge =
          place: values:
          concatLists (
            imap 0 (
              at: item:
              let
                values = definitions [ item ];
              in
              optional (values != [ ]) (inner.merge (place ++ [ (toString at) ]) (map (checked inner place) values))
            ) (concatLists values)
          );
      };
    attrsOf =
      inner:
      type "attribute set of ${inner.name}" isAttrs
      // {
        merge =
          place: values:
          let
            sets = concatLists (map push values);
            names = unique (concatLists (map attrNames sets));
            defined = name: definitions (map (set: set.${name}) (filter (set: set ? ${name}) sets));
            named =
              name:
              let
                values = defined name;
                at = place ++ [ name ];
              in
              optional (values != [ ]) (nameValuePair name (inner.merge at (map (checked inner at) values)));
          in
          listToAttrs (concatLists (map named names));
      };
    lazyAttrsOf = attrsOf;
    functionTo = _: type "function" isFunction;
    submodule =
      module:
      type "submodule" (value: isAttrs value || isFunction value || isPath value)
      // {
        merge =
          place: values:
          (evalModules {
            modules = [ module ] ++ values;
            specialArgs.name = elemAt place (length place - 1);
            inherit place;
          }).config;
      };
    submoduleWith = { modules, ... }: submodule { imports = modules; };
  };

  # The value of a declared option.
  value =
    place: declared: values:
    let
      kind = declared.type or plain;
      defined = definitions (values ++ optional (declared ? default) (mkOptionDefault declared.default));
      merged =
        if defined == [ ] then
          if kind.name == "submodule" || hasPrefix "attribute set of" kind.name then
            kind.merge place [ { } ]
          else
            throw "The option `${shown place}' is used but not defined"
        else
          kind.merge place (map (checked kind place) defined);
    in
    (declared.apply or (v: v)) merged;

  # A tree of declarations and definitions as values. Without `strict`, what is not declared is merged freely.
  resolve =
    strict: place: declared: values:
    if is "option" declared then
      value place declared values
    else
      let
        sets = concatLists (map push values);
        names = unique (attrNames declared ++ concatLists (map attrNames sets));
        defined = name: map (set: set.${name}) (filter (set: set ? ${name}) sets);
        named =
          name:
          if declared ? ${name} then
            [ (nameValuePair name (resolve strict (place ++ [ name ]) declared.${name} (defined name))) ]
          else if strict then
            throw "The option `${shown (place ++ [ name ])}' does not exist"
          else
            let
              values = definitions (defined name);
            in
            optional (values != [ ]) (nameValuePair name (plain.merge (place ++ [ name ]) values));
      in
      listToAttrs (concatLists (map named names));

  # Several trees of declarations as one.
  declare =
    left: right:
    if is "option" left || is "option" right then
      throw "An option is declared twice"
    else
      left // mapAttrs (name: tree: if left ? ${name} then declare left.${name} tree else tree) right;

  evalModules =
    {
      modules,
      specialArgs ? { },
      place ? [ ],
    }:
    let
      arguments = {
        inherit config options lib;
      }
      // specialArgs;
      # A module and what it imports, imports first.
      load =
        module:
        let
          written = if isPath module || (isString module && hasPrefix "/" module) then import module else module;
          called = if isFunction written then written arguments else written;
          whole = called ? config || called ? options || called ? imports;
          known = [
            "_class"
            "_file"
            "config"
            "disabledModules"
            "freeformType"
            "imports"
            "key"
            "meta"
            "options"
          ];
          unknown = filter (name: !elem name known) (attrNames called);
          parts =
            if called ? config || called ? options then
              if unknown != [ ] then throw "A module has `${head unknown}' beside `config' or `options'" else called
            else if is "if" called || is "merge" called || is "override" called then
              { config = called; }
            else
              {
                imports = called.imports or [ ];
                config = removeAttrs called [
                  "_file"
                  "imports"
                  "key"
                ];
              };
        in
        concatLists (map load (parts.imports or [ ])) ++ [ parts ];
      loaded = concatLists (map load modules);
      options = foldl' declare { } (map (part: part.options or { }) loaded);
      config = resolve (place != [ ]) place options (map (part: part.config or { }) loaded);
    in
    {
      inherit config options;
    };

  lib = {
    inherit
      all
      any
      attrByPath
      attrNames
      attrValues
      concatLines
      concatLists
      concatMapStrings
      concatMapStringsSep
      concatStrings
      concatStringsSep
      elem
      escapeShellArg
      escapeShellArgs
      evalModules
      filter
      filterAttrs
      genAttrs
      genList
      getExe
      getExe'
      hasPrefix
      hasSuffix
      head
      length
      listToAttrs
      mapAttrs
      mapAttrs'
      mapAttrsToList
      mkAfter
      mkBefore
      mkDefault
      mkEnableOption
      mkForce
      mkIf
      mkMerge
      mkOption
      mkOptionDefault
      mkOrder
      mkOverride
      mkPackageOption
      mkVMOverride
      nameValuePair
      optional
      optionalAttrs
      optionalString
      optionals
      range
      recursiveUpdate
      removePrefix
      replaceStrings
      setAttrByPath
      tail
      types
      unique
      ;
    concatMap = f: list: concatLists (map f list);
    concatMapAttrs = f: set: foldl' (all: one: all // one) { } (mapAttrsToList f set);
    boolToString = value: if value then "true" else "false";
    foldl = foldl';
    inherit foldl';
    id = value: value;
    imap0 = imap 0;
    imap1 = imap 1;
    last = list: elemAt list (length list - 1);
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    attrsets = lib;
    lists = lib;
    modules = lib;
    options = lib;
    strings = lib;
    trivial = lib;
    pipe = foldl' (value: f: f value);
    splitString =
      separator: text:
      let
        special = [ "\\" "." "+" "*" "?" "|" "(" ")" "[" "]" "{" "}" "$" "^" ];
      in
      filter isString (builtins.split (replaceStrings special (map (c: "\\${c}") special) separator) text);
    inherit stringLength;
    versionAtLeast = left: right: builtins.compareVersions left right >= 0;
  };
in
lib
