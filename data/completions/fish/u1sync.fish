# fish completion for u1sync

function _u1sync_completion
    set -l answers (env COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \
        _U1SYNC_COMPLETE=fish_complete u1sync 2>/dev/null)
    for answer in $answers
        set -l parts (string split -m 1 "," -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain remote
                echo $parts[2]
        end
    end
end

complete --no-files --command u1sync --arguments "(_u1sync_completion)"
