%% What runs in the RabbitMQ node beside it (run-rabbitmq): ends the node when it could go on only if started anew.
%%
%% Where a disk is full before RabbitMQ has noticed (it looks every ten seconds or so), the log of the quorum queues cannot be
%% written, and their part of the node, a "Ra system", ends for good, while the node runs on, accepts connections and confirms
%% nothing. What was confirmed is on the disk. So once there is room again, the node ends, and whoever runs it starts it.

spawn(fun() ->
  Broken = fun() ->
    rabbit:is_running() andalso
      lists:any(
        fun(System) ->
          case ra_system:fetch(System) of
            #{names := #{log_sup := Supervisor}} -> whereis(Supervisor) =:= undefined;
            _ -> false
          end
        end,
        [quorum_queues, coordination]
      )
  end,
  HasRoom = fun() -> rabbit_disk_monitor:get_disk_free() > 2 * rabbit_disk_monitor:get_disk_free_limit() end,
  %% Twice within two seconds: a part that is about to come back, or a node about to end, is none of ours.
  Watch = fun Watch(Before) ->
    timer:sleep(2000),
    Now = catch Broken(),
    case Now =:= true andalso Before =:= true andalso (catch HasRoom()) of
      true ->
        io:format("RabbitMQ's log could not be written (a full disk?). There is room now: ends, to be started again.~n"),
        erlang:halt(1);
      _ -> Watch(Now)
    end
  end,
  Watch(false)
end).
