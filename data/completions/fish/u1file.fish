# fish completion for u1file

function _u1file_completion
    set -l answers (env COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) \
        _U1FILE_COMPLETE=fish_complete u1file 2>/dev/null)
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

complete --no-files --command u1file --arguments "(_u1file_completion)"
