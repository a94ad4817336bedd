"""What makes bash, zsh and fish ask a program of ours how a line goes on.

The files in data/completions are written from here. The programs answer by click's own protocol,
with one more kind, `remote`: a path of the cloud, whose folders end in a slash.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

_BASH = """\
# bash completion for $program

_${program}_completion() {
    local IFS=$$'\\n' answer kind value
    COMPREPLY=()
    while IFS= read -r answer; do
        kind=$${answer%%,*}
        value=$${answer#*,}
        case $$kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            remote)
                # Names are quoted as those of files are; a folder goes on.
                compopt -o filenames
                [[ $$value == */ ]] && compopt -o nospace
                COMPREPLY+=("$$value")
                ;;
            plain) COMPREPLY+=("$$value") ;;
        esac
    done < <(COMP_WORDS="$${COMP_WORDS[*]}" COMP_CWORD=$$COMP_CWORD \\
        $variable=bash_complete "$$1" 2>/dev/null)
}

complete -o nosort -F _${program}_completion $program
"""

_ZSH = """\
#compdef $program

_${program}_completion() {
    local -a plain described folders answers
    local kind key help
    (( $$+commands[$program] )) || return 1
    answers=("$${(@f)$$(COMP_WORDS="$${words[*]}" COMP_CWORD=$$((CURRENT-1)) \\
        $variable=zsh_complete $program 2>/dev/null)}")
    for kind key help in $$answers; do
        case $$kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            remote) if [[ $$key == */ ]]; then folders+=("$$key"); else plain+=("$$key"); fi ;;
            plain)
                if [[ $$help == _ ]]; then plain+=("$$key"); else described+=("$$key:$$help"); fi
                ;;
        esac
    done
    (( $$#described )) && _describe -V unsorted described -U
    (( $$#plain )) && compadd -U -V unsorted -a plain
    (( $$#folders )) && compadd -U -V folders -S '' -a folders
}

if [[ $$zsh_eval_context[-1] == loadautofunc ]]; then
    _${program}_completion "$$@"
else
    compdef _${program}_completion $program
fi
"""

_FISH = """\
# fish completion for $program

function _${program}_completion
    set -l answers (env COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \\
        $variable=fish_complete $program 2>/dev/null)
    for answer in $$answers
        set -l parts (string split -m 1 "," -- $$answer)
        switch $$parts[1]
            case dir
                __fish_complete_directories $$parts[2]
            case file
                __fish_complete_path $$parts[2]
            case plain remote
                echo $$parts[2]
        end
    end
end

complete --no-files --command $program --arguments "(_${program}_completion)"
"""

_SCRIPTS: Mapping[str, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
SHELLS = tuple(_SCRIPTS)


def script(shell: str, program: str) -> str:
    """What one of SHELLS reads to complete the lines of a program."""
    variable = f"_{program.upper()}_COMPLETE"
    return Template(_SCRIPTS[shell]).substitute(program=program, variable=variable)


def file_name(shell: str, program: str) -> str:
    """The name under which a shell looks for it."""
    return {"bash": program, "zsh": f"_{program}", "fish": f"{program}.fish"}[shell]
